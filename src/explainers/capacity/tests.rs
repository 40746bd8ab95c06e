//! Of what no law knows.

use super::Capacity;
use super::presets::PRESETS;
use crate::explainers::{Explainer, find};
use crate::link;
use crate::models::estimate::{Sheet, doubts};

#[test]
fn every_preset_calculates() {
    for preset in PRESETS {
        let sheet = Sheet::read(preset.text);
        for line in &sheet.lines {
            if let Some(Err(fault)) = &line.outcome {
                panic!("{}: {}: {}", preset.key, line.text, fault.why);
            }
            if line.text.contains("published:") {
                let i = sheet.lines.iter().position(|other| std::ptr::eq(other, line)).unwrap();
                assert!(crate::models::estimate::published(&sheet, i).is_some(), "{}: {}", preset.key, line.text);
            }
        }
        assert_eq!(doubts(&sheet), [], "{}", preset.key);
    }
}

/// A number of a line says nothing to who writes a lesson: the words are the line’s name.
#[test]
fn lessons_name_the_lines_that_they_mean() {
    let mut seen = 0;
    for step in Capacity::lessons().iter().flat_map(|lesson| lesson.steps) {
        let (link, _) = link::parse(&format!("#/capacity?{}", step.state));
        let (mut player, bad) = (find("capacity").unwrap().open)(&link);
        assert!(bad.is_empty(), "{}: {bad:?}", step.title);
        player.seek(player.end());
        for words in [step.text, step.look].iter().flat_map(|text| text.split('[').skip(1)) {
            let (words, rest) = words.split_once("](").unwrap();
            let subject = player.subject(rest.split_once(')').unwrap().0).unwrap();
            assert_eq!(player.name(subject).as_deref(), Some(words), "{}", step.title);
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn every_preset_offers_something() {
    for preset in PRESETS {
        let (link, _) = link::parse(&format!("#/capacity?preset={}", preset.key));
        let (mut player, _) = (find("capacity").unwrap().open)(&link);
        for round in 0..6 {
            let offers = player.offers();
            let offer = &offers[round % offers.len()];
            player.act(&offer.act).unwrap_or_else(|why| panic!("{}: {}: {why}", preset.key, offer.act));
            let told = player.events().last().unwrap();
            assert!(!told.head.contains("no value"), "{told:?}");
        }
    }
}

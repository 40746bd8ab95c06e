//! Of what no law knows.

use super::presets::PRESETS;
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

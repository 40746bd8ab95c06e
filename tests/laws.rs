//! Laws over every explainer: a new one is held to them by being in the registry.

use moving_parts::draw::scene::{Scene, Shape};
use moving_parts::draw::svg::svg;
use moving_parts::draw::theme::Theme;
use moving_parts::explainers::{Kind, Measured, Player, REGISTRY, Step, Verdict, View, handout};
use moving_parts::link::{self, Link};
use proptest::prelude::*;

fn open(query: &str, slug: &str) -> (Box<dyn Player>, Vec<link::Complaint>) {
    let (link, mut bad) = link::parse(&format!("#/{slug}?{query}"));
    let entry = moving_parts::explainers::find(slug).expect("in the registry");
    let (player, more) = (entry.open)(&link);
    bad.extend(more);
    (player, bad)
}

/// Every step of every lesson: (slug, lesson, number, step).
fn steps() -> impl Iterator<Item = (&'static str, &'static str, usize, &'static Step)> {
    REGISTRY.iter().flat_map(|entry| {
        (entry.lessons)().iter().flat_map(move |lesson| {
            lesson.steps.iter().enumerate().map(move |(i, step)| (entry.meta.slug, lesson.slug, i + 1, step))
        })
    })
}

fn micros(seconds: f64) -> u64 {
    (seconds * 1e6) as u64
}

#[test]
fn same_link_same_world() {
    for (slug, _, _, step) in steps() {
        let (mut a, mut b) = (open(step.state, slug).0, open(step.state, slug).0);
        assert_eq!(a.digest(), b.digest());
        a.seek(a.end());
        b.seek(b.end());
        assert_eq!(a.digest(), b.digest(), "{}", step.state);
    }
}

#[test]
fn seeking_equals_replaying() {
    for (slug, lesson, number, step) in steps() {
        let (mut direct, mut stepped) = (open(step.state, slug).0, open(step.state, slug).0);
        let end = direct.end();
        stepped.seek(0);
        for i in 0..=97 {
            stepped.seek(end * i / 97);
            if i % 13 == 0 {
                direct.seek(end * i / 97);
                assert_eq!(direct.digest(), stepped.digest(), "{slug} {lesson}.{number} at {i}/97");
                direct.seek(if i % 2 == 0 { 0 } else { end });
            }
        }
    }
}

#[test]
fn lessons_build_say_something_and_break_only_what_they_say() {
    let mut late = Vec::new();
    for (slug, lesson, number, step) in steps() {
        let at = format!("{slug} {lesson}.{number}");
        let (mut player, bad) = open(step.state, slug);
        assert!(bad.is_empty(), "{at}: {bad:?}");
        assert!(!step.text.is_empty() && !step.look.is_empty() && !step.title.is_empty(), "{at}");
        if micros(step.until) > player.end() {
            late.push(format!("{at}: ends at {}", player.end()));
        }
        for t in [player.now(), micros(step.until).max(player.now())] {
            player.seek(t);
            let caption = player.events().last().unwrap_or_else(|| panic!("{at}: nothing said at {t}"));
            assert!(!caption.head.trim().is_empty() && !caption.text.trim().is_empty(), "{at}: empty caption");
        }
        for check in player.checks() {
            let broken = matches!(check.verdict, Verdict::Broken(..));
            let meant = step.breaks.contains(&check.key);
            assert_eq!(
                broken, meant,
                "{at}: “{}” is {:?}, the lesson says broken: {meant}",
                check.claim, check.verdict
            );
        }
        for key in step.breaks {
            assert!(player.checks().iter().any(|check| check.key == *key), "{at}: no check {key}");
        }
        if let Some(predict) = &step.ask {
            let readouts = player.readouts();
            let readout = readouts.iter().find(|readout| readout.key == predict.readout);
            let value =
                readout.and_then(|readout| readout.value).unwrap_or_else(|| panic!("{at}: no {}", predict.readout));
            if let Some(right) = predict.right(value) {
                let near = (predict.options[right].1 - value).abs();
                let next = (0..predict.options.len())
                    .filter(|i| *i != right)
                    .map(|i| (predict.options[i].1 - value).abs())
                    .fold(f64::INFINITY, f64::min);
                assert!(near < 0.6 * next, "{at}: {value} is not clearly “{}”", predict.options[right].0);
            }
        }
        let readouts = player.readouts();
        for name in step.text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)) {
            let known = readouts.iter().any(|readout| readout.key == name && readout.value.is_some());
            assert!(known || name == "tag", "{at}: the text names {{{name}}}, which has no value then");
        }
        for subject in step.text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(word, _)| word)) {
            let subject = player.subject(subject).and_then(|subject| player.name(subject));
            assert!(subject.is_some(), "{at}: the text links a subject that is not there");
        }
    }
    assert!(late.is_empty(), "{late:?}");
}

/// What is printed has its figures, no marks of links, and an answer to each question.
/// Who comes from the gallery and presses Play sees something happen.
#[test]
fn what_the_gallery_opens_moves() {
    for entry in REGISTRY {
        let (player, bad) = open(entry.meta.opening, entry.meta.slug);
        assert!(bad.is_empty(), "{}: {bad:?}", entry.meta.slug);
        let soon = 2 * entry.meta.pace;
        let told = player.all_events().iter().any(|event| (1..=soon).contains(&event.at));
        assert!(player.still() || told || player.still_until() <= soon, "{}: nothing moves", entry.meta.slug);
        let untouched = open("", entry.meta.slug).0.describe();
        assert_eq!(player.describe(), untouched, "its card shows the beginning of the same run");
    }
}

#[test]
fn every_step_has_a_page_of_its_own() {
    for entry in REGISTRY {
        for lesson in (entry.lessons)() {
            let sheets = handout::lesson(entry, lesson, handout::Room { width: 480.0, height: 380.0, wide: 820.0 });
            assert_eq!(sheets.len(), lesson.steps.len());
            for (sheet, step) in sheets.iter().zip(lesson.steps) {
                let at = format!("{} {}.{}", entry.meta.slug, lesson.slug, sheet.number);
                let ask = sheet.question.as_ref();
                assert_eq!(ask.is_some(), step.ask.is_some(), "{at}");
                let asked = ask.map(|ask| (ask.words.as_str(), ask.answer.as_str()));
                for text in
                    [sheet.text.as_str(), &sheet.look].into_iter().chain(asked.iter().flat_map(|(a, b)| [*a, *b]))
                {
                    assert!(!text.is_empty(), "{at}: something is missing");
                    // Redis calls a part of its keys so.
                    let text = text.replace("{tag}", "");
                    assert!(!text.contains(['{', '}']) && !text.contains("]("), "{at}: {text}");
                    assert!(!text.contains("–.") && !text.contains("is –"), "{at}: a figure is not there: {text}");
                }
                if let (Some(ask), Some(predict)) = (ask, &step.ask) {
                    assert_eq!(ask.options.len(), predict.options.len(), "{at}");
                    assert!(ask.answer.contains("is"), "{at}: {}", ask.answer);
                }
                inside(&sheet.scene, &at);
                sheet.diagram.iter().for_each(|scene| inside(scene, &at));
            }
        }
    }
}

/// Whoever reads of a chart, on the wall or on paper, sees it: a step that speaks of one says which, and its run has it.
#[test]
fn a_step_that_speaks_of_a_chart_says_which() {
    for entry in REGISTRY {
        for (i, step) in (entry.lessons)().iter().flat_map(|lesson| lesson.steps.iter().enumerate()) {
            let at = format!("{} {}. {}", entry.meta.slug, i + 1, step.title);
            let said = format!("{} {}", step.text, step.look).to_lowercase();
            let mut words = said.split(|c: char| !c.is_alphabetic());
            let spoken = words.any(|word| ["chart", "charts", "grid", "curve", "curves"].contains(&word));
            assert_eq!(spoken, !step.charts.is_empty(), "{at}: {:?}, but it says: {said}", step.charts);
            let mut plots = handout::Plots::of(entry, step);
            let mut rounds = 0;
            while plots.work() {
                rounds += 1;
                assert!(rounds < 100_000, "{at}: its charts are never done");
            }
            let charts = plots.charts();
            assert_eq!(charts.iter().map(|chart| chart.key).collect::<Vec<_>>(), step.charts, "{at}");
            for chart in charts {
                let tall = moving_parts::draw::chart::height(&chart);
                inside(&moving_parts::draw::chart::draw(&chart, 340.0, tall, None), &at);
                inside(&moving_parts::draw::chart::draw(&chart, 680.0, tall, None), &at);
                assert!(!moving_parts::draw::chart::describe(&chart).is_empty(), "{at}");
            }
        }
    }
}

/// What a lesson's text says with its figures filled in, as the page does it: value and unit.
fn filled(text: &str, player: &dyn Player) -> String {
    let readouts = player.readouts();
    let mut out = String::new();
    for (i, part) in text.split('{').enumerate() {
        let (name, rest) = if i == 0 { ("", part) } else { part.split_once('}').unwrap_or(("", part)) };
        if let Some(readout) = readouts.iter().find(|readout| readout.key == name) {
            out += &format!("{} {} ", readout.text, readout.unit);
        }
        out += rest;
    }
    out
}

#[test]
fn no_lesson_says_a_unit_twice() {
    let plain = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '%');
        let word = word.split('/').next().unwrap_or_default();
        word.strip_suffix('s').filter(|one| one.len() > 2).unwrap_or(word).to_string()
    };
    let mut found = Vec::new();
    for (slug, lesson, number, step) in steps() {
        let mut player = open(step.state, slug).0;
        for t in [player.now(), micros(step.until).max(player.now())] {
            player.seek(t);
            for text in [step.text, step.look, step.ask.as_ref().map_or("", |ask| ask.question)] {
                let said = filled(text, &*player);
                // “TB TB”, and “1,157 posts/s posts” as well; not across the end of a sentence.
                let words: Vec<&str> = said.split([' ', '\u{a0}', '\n']).filter(|word| !word.is_empty()).collect();
                for pair in words.windows(2).filter(|pair| !pair[0].ends_with(['.', ',', ';', ':', '?', '!'])) {
                    let (first, next) = (plain(pair[0]), plain(pair[1]));
                    let letters = first.chars().any(char::is_alphabetic) || first == "%";
                    if letters && first == next {
                        found.push(format!("{slug} {lesson}.{number}: “{} {}” in: {said}", pair[0], pair[1]));
                    }
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_lesson_asks_at_least_once_and_every_explainer_twice_a_lesson_on_average() {
    for entry in REGISTRY {
        let lessons = (entry.lessons)();
        for lesson in lessons {
            assert!((4..=9).contains(&lesson.steps.len()), "{}", lesson.slug);
            assert!(lesson.steps.iter().any(|step| step.ask.is_some()), "{} asks nothing", lesson.slug);
        }
        assert!(!entry.meta.sources.is_empty() && !entry.meta.simplified.is_empty());
    }
}

fn inside(scene: &Scene, at: &str) {
    let texts: Vec<(&Shape, &str)> = scene
        .shapes()
        .filter_map(|shape| match shape {
            Shape::Text { text, .. } => Some((shape, text.as_str())),
            _ => None,
        })
        .collect();
    for shape in scene.shapes() {
        let (x0, y0, x1, y1) = shape.bounds();
        let fits = x0 >= -1.0 && y0 >= -1.0 && x1 <= scene.width + 1.0 && y1 <= scene.height + 1.0;
        assert!(fits, "{at}: {shape:?} leaves the {} × {} frame", scene.width, scene.height);
        if let Shape::Text { size, text, .. } = shape {
            assert!(*size >= 12.0, "{at}: “{text}” is under 12 px");
        }
    }
    for (i, (a, a_text)) in texts.iter().enumerate() {
        for (b, b_text) in &texts[..i] {
            let ((ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1)) = (a.bounds(), b.bounds());
            let across = ax1.min(bx1) - ax0.max(bx0);
            let down = ay1.min(by1) - ay0.max(by0);
            assert!(across < 1.5 || down < 3.0, "{at}: “{a_text}” lies on “{b_text}”");
        }
    }
}

#[test]
fn every_scene_stays_in_its_frame_and_no_label_on_another() {
    for (slug, lesson, number, step) in steps() {
        let (mut player, _) = open(step.state, slug);
        let moments =
            [player.now(), micros(step.until).max(player.now()) * 2 / 3, micros(step.until).max(player.now())];
        for (width, height) in
            [(320.0, 640.0), (360.0, 640.0), (500.0, 700.0), (640.0, 600.0), (815.0, 560.0), (1_240.0, 800.0)]
        {
            for t in moments {
                player.seek(t);
                let scene = player.scene(&View::sized(width, height));
                inside(&scene, &format!("{slug} {lesson}.{number} at {t} µs, {width} px"));
                if let Some(scene) = player.diagram(&View::sized(width.min(600.0), height)) {
                    inside(&scene, &format!("{slug} {lesson}.{number} at {t} µs, diagram at {width} px"));
                }
            }
        }
    }
}

#[test]
fn a_frame_does_not_depend_on_those_before_it() {
    let frame = |player: &mut dyn Player| svg(&player.scene(&View::sized(815.0, 560.0)), Theme::Light, "");
    for (slug, lesson, number, step) in steps() {
        let mut played = open(step.state, slug).0;
        let end = played.end();
        for i in [0, 3, 5, 8, 9, 11, 14, 20, 6, 2] {
            played.seek(end * i / 20);
            let seen = frame(&mut *played);
            let mut fresh = open(step.state, slug).0;
            fresh.seek(end * i / 20);
            assert!(seen == frame(&mut *fresh), "{slug} {lesson}.{number} at {i}/20 keeps something of another moment");
        }
    }
}

#[test]
fn whatever_can_be_followed_shows_when_it_is_pointed_at() {
    for entry in REGISTRY {
        let (mut player, _) = (entry.open)(&Link { slug: entry.meta.slug.into(), ..Link::default() });
        let mut look = |focus| {
            let view = View { focus, ..View::sized(815.0, 560.0) };
            svg(&player.scene(&view), Theme::Light, "")
        };
        let plain = look(None);
        let (other, _) = (entry.open)(&Link { slug: entry.meta.slug.into(), ..Link::default() });
        for subject in other.followable() {
            assert!(look(Some(subject)) != plain, "{}: {subject:?} looks as if nobody pointed at it", entry.meta.slug);
        }
    }
}

#[test]
fn what_a_click_does_a_button_does_too() {
    for (slug, _, _, step) in steps() {
        let (mut player, _) = open(step.state, slug);
        let scene = player.scene(&View::sized(815.0, 560.0));
        let offers = player.offers();
        for (_, hit) in scene.hits() {
            assert!(!hit.label.is_empty());
            if let Some(act) = &hit.act {
                assert!(offers.iter().any(|offer| offer.act == *act), "{act} is only in the picture");
            }
        }
    }
}

#[test]
fn every_offer_can_be_done_and_survives_its_link() {
    // Of each kind one in every lesson, where it is offered first: a run for each key and node at every step takes minutes.
    let mut known: Vec<(&str, &str, String)> = Vec::new();
    for (slug, lesson, number, step) in steps() {
        let (player, _) = open(step.state, slug);
        for offer in player.offers() {
            let kind = (slug, lesson, offer.act.split('(').next().unwrap_or_default().to_string());
            if known.contains(&kind) {
                continue;
            }
            known.push(kind);
            let (mut trial, _) = open(step.state, slug);
            trial.act(&offer.act).unwrap_or_else(|why| panic!("{slug} {lesson}.{number}: {} {why}", offer.act));
            let text = link::write(&trial.link());
            let (copy, bad) = open(text.split_once('?').map_or("", |(_, query)| query), slug);
            assert!(bad.is_empty(), "{text}: {bad:?}");
            assert_eq!(copy.digest(), trial.digest(), "{text}");
        }
    }
}

#[test]
fn acting_in_the_past_keeps_the_other_branch() {
    for entry in REGISTRY {
        let (mut player, _) = (entry.open)(&Link { slug: entry.meta.slug.into(), ..Link::default() });
        // As many seconds of watching.
        let second = entry.meta.pace;
        let offer = player.offers()[0].act.clone();
        player.seek(4 * second);
        player.act(&offer).expect("offered");
        player.seek(9 * second);
        let before = player.digest();
        player.seek(2 * second);
        player.act(&offer).expect("offered");
        assert_eq!(player.branches().len(), 2);
        player.switch(0);
        player.seek(9 * second);
        assert_eq!(player.digest(), before);
        assert_eq!(player.branches().iter().filter(|branch| branch.current).count(), 1);
    }
}

/// A link of random settings and offers, as a reader would make it.
fn wander(player: &mut dyn Player, picks: &[(u16, u16)]) {
    for (i, value) in picks {
        let schema = player.schema();
        let which = usize::from(*i) % (schema.len() + 4);
        match schema.get(which) {
            Some(knob) => {
                // Small worlds: the laws are the same, the test is quicker.
                let (min, max) = knob.range();
                let max = if matches!(knob.kind, Kind::Number { .. }) { max.min(min + 60) } else { max };
                player.set_knob(which, min + i64::from(*value) % (max - min + 1));
            }
            None if which == schema.len() => player.seek(u64::from(*value) * player.meta().pace / 5_000),
            None => {
                let offers = player.offers();
                let act = offers[usize::from(*value) % offers.len()].act.clone();
                player.seek(player.now() + player.meta().pace / 4);
                let _ = player.act(&act);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn links_round_trip(picks in prop::collection::vec((any::<u16>(), any::<u16>()), 0..12), seed in any::<u64>()) {
        for entry in REGISTRY {
            let (mut player, _) = (entry.open)(&Link { slug: entry.meta.slug.into(), seed: Some(seed), ..Link::default() });
            wander(&mut *player, &picks);
            let text = link::write(&player.link());
            let (parsed, bad) = link::parse(&text);
            prop_assert!(bad.is_empty(), "{} {:?}", text, bad);
            let (copy, bad) = (entry.open)(&parsed);
            prop_assert!(bad.is_empty(), "{} {:?}", text, bad);
            prop_assert_eq!(copy.digest(), player.digest(), "{}", &text);
            prop_assert_eq!(link::write(&copy.link()), text);
        }
    }

    #[test]
    fn random_walks_never_panic_and_stay_drawable(picks in prop::collection::vec((any::<u16>(), any::<u16>()), 0..30)) {
        for entry in REGISTRY {
            let (mut player, _) = (entry.open)(&Link { slug: entry.meta.slug.into(), ..Link::default() });
            wander(&mut *player, &picks);
            for subject in player.followable() {
                prop_assert!(player.name(subject).is_some());
            }
            let end = player.end();
            for t in [0, end / 3, end] {
                player.seek(t);
                let mut view = View::sized(360.0, 640.0);
                view.focus = player.followable().last().copied();
                inside(&player.scene(&view), &link::write(&player.link()));
                prop_assert!(!player.events().is_empty());
                let _ = (player.checks(), player.readouts(), player.charts());
            }
        }
    }

    #[test]
    fn no_link_panics_and_bad_parts_are_named(text in "\\PC{0,80}", key in "[a-z.-]{1,12}", value in "[ -~]{0,24}") {
        for entry in REGISTRY {
            for query in [text.clone(), format!("{key}={value}"), format!("do=1s:{value}"), format!("servers={value}&t={value}")] {
                let (link, bad) = link::parse(&format!("#/{}?{query}", entry.meta.slug));
                let (mut player, more) = (entry.open)(&link);
                for complaint in bad.iter().chain(&more) {
                    prop_assert!(!complaint.part.is_empty() && !complaint.why.is_empty());
                }
                let _ = player.scene(&View::sized(360.0, 640.0));
            }
        }
    }
}

proptest! {
    // Each writes five texts in every calculator.
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// What is pointed at, followed or measured may be of a text that is gone by now.
    #[test]
    fn whatever_is_written_is_taken(
        pieces in prop::collection::vec((0usize..26, any::<u16>()), 0..24),
        typed in "\\PC{0,60}",
        cut in any::<u16>(),
    ) {
        const PARTS: &[&str] = &[
            "a", "b = ", "a = ", "x = b", " + ", " × ", " / ", "3..40 M users", "2 kB/user/day", "\n", "\n", "\n    ", " in TB",
            "series(a; b)", "of(2; a; b; b)", "99.9%", " # published: 3 TB", "budget 20 ms", "all of 100 × ", "10 ms p99 60 ms",
            "cache 1 ms, hit 90%, else:", "fibre Paris to Tokyo", "first of 2 × ", "1..30 ms", "(", "-",
        ];
        for entry in REGISTRY {
            let (mut player, _) = (entry.open)(&Link { slug: entry.meta.slug.into(), ..Link::default() });
            if player.page_label().is_empty() {
                continue;
            }
            let before = player.followable();
            player.set_follow(before.last().copied());
            let text: String = pieces.iter().map(|(part, n)| PARTS[(part + usize::from(*n % 2)) % PARTS.len()]).collect();
            let whole = player.page().text;
            let at = whole.char_indices().map(|(i, _)| i).nth(usize::from(cut) % whole.chars().count().max(1)).unwrap_or(0);
            for text in [text, whole[..at].to_string(), typed.clone(), String::new(), whole[at..].to_string()] {
                player.write(&text);
                for probe in player.probes() {
                    player.measured(probe.key, Measured { low: f64::NAN, middle: f64::from(cut), high: f64::INFINITY });
                }
                for _ in 0..4 {
                    player.refine();
                }
                let page = player.page();
                prop_assert_eq!(&page.text, &text);
                prop_assert!(page.notes.len() >= text.lines().count());
                for (line, note) in text.split('\n').zip(&page.notes) {
                    if let Some(fault) = &note.fault {
                        prop_assert!(fault.from <= fault.to && fault.to <= line.len() + 1, "{fault:?} of {line:?}");
                    }
                }
                let now = player.followable();
                for focus in before.iter().chain(&now).copied().map(Some).chain([None]).step_by(3) {
                    for width in [360.0, 815.0] {
                        let view = View { focus, ..View::sized(width, 420.0) };
                        inside(&player.scene(&view), &text);
                        if let Some(diagram) = player.diagram(&view) {
                            inside(&diagram, &text);
                        }
                    }
                    let _ = focus.map(|subject| (player.name(subject), player.state(subject), player.ink(subject)));
                }
                let _ = (player.table(), player.checks(), player.readouts(), player.charts(), player.describe());
                for study in &mut player.studies() {
                    study.step();
                    let _ = study.chart();
                }
                let (again, bad) = link::parse(&link::write(&player.link()));
                prop_assert!(bad.is_empty());
                if player.left_out().is_none() {
                    prop_assert_eq!((entry.open)(&again).0.page().text, text);
                }
            }
        }
    }
}

/// A worker computes, the page shows: what was found says all there is.
#[test]
fn studies_go_on_from_what_was_found() {
    for entry in REGISTRY {
        let link = Link { slug: entry.meta.slug.into(), ..Link::default() };
        let (player, other) = ((entry.open)(&link).0, (entry.open)(&link).0);
        for (mut here, mut there) in player.studies().into_iter().zip(other.studies()) {
            assert_eq!(here.key(), there.key());
            for _ in 0..3 {
                here.step();
            }
            there.resume(&here.found());
            assert_eq!((there.progress(), there.chart()), (here.progress(), here.chart()));
            let mut before = here.progress();
            while here.step() {
                assert!(here.progress() >= before && here.progress() <= 1.0);
                before = here.progress();
            }
            there.resume(&here.found());
            assert_eq!((1.0, here.chart()), (there.progress(), there.chart()), "{}", here.chart().title);
        }
    }
}

/// An action that cannot be done is left out as if it had never been there: the run is as long as its link says.
#[test]
fn what_is_left_out_makes_no_run_longer() {
    let end = |query: &str| {
        let (link, _) = link::parse(&format!("#/hash-ring?servers=3&{query}"));
        let (player, bad) = (REGISTRY[0].open)(&link);
        (player.end(), bad.len())
    };
    let (plain, _) = end("do=1s:leave(2)");
    assert_eq!(end("do=1s:leave(2);40s:leave(9)"), (plain, 1));
    assert_eq!(end("do=0.5s:leave(9);1s:leave(2)"), (plain, 1));
}

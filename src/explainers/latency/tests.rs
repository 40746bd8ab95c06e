//! What the laws over every explainer do not see: the page, what is measured, and the reader's own path in a link.

mod pictures;

use super::scene::{Sketch, scene};
use super::{Data, Latency, Params, World, probes, sheet};
use crate::draw::scene::Shape;
use crate::explainers::{Explainer, Knobs, Measured, Player, Session, View};
use crate::link::{self, Link};
use proptest::prelude::*;

fn world(text: &str) -> World {
    World::build(&Params::new(), 7, &Data { path: Some(text.into()) })
}

#[test]
fn every_preset_is_understood_and_has_a_note_for_every_line() {
    for choice in 0..super::presets::CHOICES.len() as i64 {
        let text = super::presets::text(choice);
        let page = sheet::page(&world(text));
        assert_eq!(page.notes.len(), text.lines().count());
        for (line, note) in text.lines().zip(&page.notes) {
            assert_eq!(note.fault, None, "{line}");
            assert_eq!(note.doubt, None, "{line}");
            assert_eq!(note.result.is_empty(), line.starts_with('#') || line.is_empty(), "{line}");
        }
    }
}

#[test]
fn nothing_that_is_said_of_a_time_is_taken_for_a_name() {
    for text in ["service 5 ms p95 20 ms", "service 5 ms ± 2 ms", "a p99.9 3 ms"] {
        assert_eq!(world(text).setup.path.faults().count(), 1, "{text}");
    }
    assert_eq!(world("parallel:\n  a 10 ms\n  b 20 ms").setup.outcome.median, 20e6);
    assert_eq!(world("load them at once:\n  a 10 ms\n  b 20 ms").setup.outcome.median, 20e6);
    assert_eq!(world("parallel\n500 microseconds").setup.outcome.median, 500e3);
}

#[test]
fn a_choice_drops_what_was_written() {
    let (mut session, _) = Session::<Latency>::open(&Link { slug: "latency".into(), ..Link::default() });
    let preset = session.page().text;
    session.write("query\n5 ms");
    assert!(session.own_data() && session.page().text == "query\n5 ms");
    session.set_knob(0, 1);
    assert!(!session.own_data() && session.page().text != preset);
    session.write(&"# long\n".repeat(400));
    assert!(session.left_out().is_some());
}

fn texts(found: &[(&str, f64)], width: f32) {
    let mut sketch = Sketch::default();
    for (key, ns) in found {
        let found = Measured { low: ns * 0.9, middle: *ns, high: ns * 1.3 };
        <Latency as Explainer>::measured(&mut sketch, key, found);
    }
    let world = world("query");
    let view = View::sized(width, 640.0);
    let picture = scene(&world, 0, &view, &mut sketch);
    let boxes: Vec<_> =
        picture.shapes().filter(|shape| matches!(shape, Shape::Text { .. })).map(Shape::bounds).collect();
    for (i, a) in boxes.iter().enumerate() {
        assert!(a.0 >= -1.0 && a.2 <= picture.width + 1.0 && a.3 <= picture.height + 1.0, "{width}: {a:?}");
        for b in &boxes[..i] {
            let (across, down) = (a.2.min(b.2) - a.0.max(b.0), a.3.min(b.3) - a.1.max(b.1));
            assert!(across < 1.5 || down < 3.0, "{width}: {a:?} on {b:?}");
        }
    }
}

#[test]
fn what_is_measured_stands_beside_the_table() {
    let mut all: Vec<(&str, f64)> =
        probes::PROBES.iter().zip(1..).map(|(probe, i)| (probe.key, f64::from(i * i))).collect();
    all.extend([("clock", 5_000.0), ("message", 3e9), ("nonsense", 1.0), ("sort", f64::NAN)]);
    for width in [320.0, 360.0, 700.0, 1_200.0] {
        texts(&all, width);
    }
    let mut sketch = Sketch::default();
    for (key, ns) in [("sorted", 1.0), ("shuffled", 4.0), ("chase-64m", 90.0)] {
        probes::measured(&mut sketch, key, Measured { low: ns, middle: ns, high: ns });
    }
    let number = |key: &str| {
        let numbers = crate::models::latency::table::NUMBERS;
        numbers.iter().find(|number| number.key == key).and_then(|number| sketch.of(number)).map(|found| found.middle)
    };
    assert_eq!((number("mispredict"), number("memory"), number("l1")), (Some(6.0), Some(90.0), None));
    let table = sheet::table(&world("query"), &sketch);
    assert!(table.rows.iter().all(|row| row.len() == table.head.len()));
    assert!(table.rows.iter().any(|row| row[2] == "measured here"));
}

#[test]
fn every_probe_does_its_work() {
    for probe in probes::PROBES.iter().filter(|probe| !["chase-64m", "chase-16m"].contains(&probe.key)) {
        let mut kernel = (probe.make)();
        kernel.run(3);
        assert_eq!(probes::title(probe.key).map(|(_, title)| title), Some(probe.title));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_path_goes_through_a_link(text in "(\\PC|\n|[&;#%\"=+ ]){0,60}") {
        let (mut session, _) = Session::<Latency>::open(&Link { slug: "latency".into(), ..Link::default() });
        session.write(&text);
        let written = link::write(&session.link());
        let (parsed, bad) = link::parse(&written);
        prop_assert!(bad.is_empty(), "{} {:?}", written, bad);
        let (copy, bad) = Session::<Latency>::open(&parsed);
        prop_assert!(bad.is_empty(), "{:?}", bad);
        prop_assert_eq!(copy.page(), session.page());
        prop_assert_eq!(copy.digest(), session.digest());
        for width in [320.0, 800.0] {
            let _ = (session.scene(&View::sized(width, 600.0)), session.diagram(&View::sized(width, 600.0)));
        }
        let _ = (session.checks(), session.readouts(), session.describe(), session.followable(), session.table());
    }
}

/// The reader’s own sum of p99 and the budget is what is said of them.
#[test]
fn margins_add_up() {
    let ms = |text: &str, unit: &str| {
        let number: f64 = text.replace(',', "").parse().unwrap();
        number * [("ns", 1e-6), ("µs", 1e-3), ("ms", 1.0), ("s", 1e3)].iter().find(|it| it.0 == unit).unwrap().1
    };
    let mut seen = 0;
    for budget in [300u32, 120, 500, 900] {
        let at = format!(
            "#/latency?path=budget%20{budget}%20ms%0Aa%2010%20ms%20p99%2060%20ms%0Ab%2030%20ms%20p99%20200%20ms"
        );
        let (player, bad) = Session::<Latency>::open(&link::parse(&at).0);
        assert!(bad.is_empty(), "{bad:?}");
        let readouts = player.readouts();
        let of = |key: &str| readouts.iter().find(|readout| readout.key == key).unwrap();
        let (p99, over) = (of("p99"), of("over"));
        if over.label.contains("too near") {
            continue;
        }
        let sum = (ms(&p99.text, p99.unit) - f64::from(budget)).abs();
        assert!((sum - ms(&over.text, over.unit)).abs() < 1e-6, "{budget}: {} {}", p99.text, over.text);
        seen += 1;
    }
    assert!(seen >= 3, "{seen}");
}

//! Estimates as others published them, and sheets as nobody would write them.

use moving_parts::models::estimate::availability::{self, Block, DAY, MONTH, WEEK, YEAR};
use moving_parts::models::estimate::{Sampler, Sheet, doubts, show, shown as show_line, solve, tornado, working};
use proptest::prelude::*;
use serde_json::Value;

fn file(text: &str) -> Value {
    serde_json::from_str(text).expect("a file of truth")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn real(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn near(a: f64, b: f64, within: f64) -> bool {
    (a - b).abs() <= b.abs() * within
}

/// Each name of a formula with a `v_` before it: some are units to us.
fn marked(formula: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    for (i, c) in formula.char_indices() {
        let name = c.is_alphabetic() || c == '_';
        if name && !before.is_alphanumeric() && before != '_' && !formula[i..].starts_with("ceil(") {
            out.push_str("v_");
        }
        out.push(c);
        before = c;
    }
    out
}

#[test]
fn published_estimates_come_out() {
    let cases = file(include_str!("truth/capacity_cases.json"));
    let mut seen = 0;
    for case in list(&cases["cases"]) {
        let mut sheet = String::new();
        for (name, value) in case["inputs"].as_object().expect("inputs") {
            sheet += &format!("v_{name} = {value}\n");
        }
        let outputs = list(&case["outputs"]);
        for output in outputs {
            let formula = marked(output["formula"].as_str().expect("a formula"));
            sheet += &format!("v_{} = {formula}\n", output["name"].as_str().expect("a name"));
        }
        let sheet = Sheet::read(&sheet);
        for output in outputs {
            let name = output["name"].as_str().expect("a name");
            let line = sheet.find(&format!("v_{name}")).expect("a line");
            let Some(outcome) = sheet.outcome(line) else { panic!("{name}: {:?}", sheet.lines[line].outcome) };
            assert!(near(outcome.value, real(&output["exact"]), 1e-12), "{}: {name} = {}", case["id"], outcome.value);
            let off = real(&output["rel_diff"]).abs() + 1e-9;
            assert!(near(real(&output["published"]), outcome.value, off * 1.1), "{}: {name}", case["id"]);
            seen += 1;
        }
    }
    assert!(seen >= 30, "{seen}");
}

#[test]
fn downtime_of_nines() {
    let truth = file(include_str!("truth/availability.json"));
    for row in list(&truth["nines"]) {
        let down = real(&row["unavailability"]);
        let wanted = &row["downtime_s"];
        for (period, seconds) in
            [(YEAR, &wanted["gregorian_365.2425d"]["year"]), (MONTH, &wanted["gregorian_365.2425d"]["month"])]
        {
            assert!(near(down * period, real(seconds), 1e-9), "{row}");
        }
        assert!(near(down * WEEK, real(&wanted["week"]), 1e-9) && near(down * DAY, real(&wanted["day"]), 1e-9));
    }
    for row in list(&truth["combinations"]) {
        let part = |percent: &Value| {
            let up: f64 = percent.as_str().expect("per cent").parse().expect("a number");
            Block::Part((100.0 - up) / 100.0)
        };
        let block = match row["kind"].as_str() {
            Some("k_of_n") => {
                let n = row["n"].as_u64().expect("n") as usize;
                Block::Of(row["k"].as_u64().expect("k") as usize, vec![part(&row["component_pct"]); n])
            }
            kind => {
                let parts = list(&row["components_pct"]).iter().map(part).collect();
                if kind == Some("series") { Block::Series(parts) } else { Block::Parallel(parts) }
            }
        };
        assert!(near(block.down(), real(&row["unavailability"]), 1e-9), "{row}: {}", block.down());
    }
    for row in list(&truth["mtbf_mttr"]) {
        let down = availability::down_of(real(&row["mtbf_h"]), real(&row["mttr_h"]));
        assert!(near(1.0 - down, real(&row["availability"]), 1e-12), "{row}");
    }
}

#[test]
fn availability_in_a_sheet_loses_no_digits() {
    let truth = file(include_str!("truth/availability.json"));
    let mut seen = 0;
    for row in list(&truth["combinations"]) {
        let parts: Vec<String> = match row["kind"].as_str() {
            Some("k_of_n") => {
                let part = format!("{}%", row["component_pct"].as_str().expect("per cent"));
                vec![part; row["n"].as_u64().expect("n") as usize]
            }
            _ => list(&row["components_pct"]).iter().map(|p| format!("{}%", p.as_str().expect("per cent"))).collect(),
        };
        let call = match row["kind"].as_str() {
            Some("k_of_n") => format!("of({}; ", row["k"]),
            Some("series") => "series(".to_string(),
            _ => "parallel(".to_string(),
        };
        // Through another line and back.
        let sheet = Sheet::read(&format!("a = {call}{})\nx = series(a)\ngone = downtime(x)", parts.join("; ")));
        let line = sheet.find("gone").expect("gone");
        let found = sheet.outcome(line).unwrap_or_else(|| panic!("{row}: {:?}", sheet.lines)).value;
        assert!(near(found, real(&row["unavailability"]), 1e-9), "{row}: {found}");
        seen += 1;
    }
    for row in list(&truth["mtbf_mttr"]) {
        let sheet = Sheet::read(&format!("a = up({} h; {} h)", row["mtbf_h"], row["mttr_h"]));
        assert!(near(sheet.outcome(0).expect("a value").value, real(&row["availability"]), 1e-12), "{row}");
    }
    assert!(seen > 3);
}

#[test]
fn availability_says_what_is_wrong() {
    for (text, why) in [
        ("a = series(5 MB)", "not bytes"),
        ("a = series(120%)", "from 0 to 100%"),
        ("a = nines(100%)", "always up"),
        ("a = of(1.5; 99%; 99%)", "from 0 to 100%"),
        ("a = up(5; 3 h)", "two times"),
        ("a = up(1000 h)", "time to repair"),
        ("a = downtime(3 users)", "plain number"),
    ] {
        let sheet = Sheet::read(text);
        let Some(Some(Err(fault))) = sheet.lines.first().map(|line| line.outcome.clone()) else { panic!("{text}") };
        assert!(fault.why.contains(why), "{text}: {}", fault.why);
    }
    let shown = |text: &str| {
        let sheet = Sheet::read(text);
        show_line(&sheet, sheet.lines.len() - 1).map(|shown| shown.text().replace('\u{a0}', " ")).expect("a value")
    };
    assert_eq!(shown("a = parallel(99.5%; 99.5%)"), "99.9975%");
    assert_eq!(shown("a = series(99.9%; 99.9%)"), "99.8%");
    assert_eq!(shown("a = downtime(99.9%) in min/month"), "43.8 min/month");
    assert_eq!(shown("a = 99.995%"), "99.995%");
    assert_eq!(shown("a = nines(99.95%)"), "3.301");
}

/// What a sheet is made of, and what it is not.
fn scraps() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "users", "a", "x", "=", " = ", "300 M", "5", "1e9", "50..80", "..", "MB", "/day", " per ", "in", " in ", "+",
        "-", "×", "/", "^", "(", ")", "ceil(", "min(", ",", "%", "$", "#", "\n", " ", "🙂", "é", "10^400", "0",
        "1,000", "_", "Gbps", "digits(", "series(", "of(", "nines(", "99.9%", ";", "up(", "h",
    ]);
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn no_text_panics(text in prop_oneof![scraps(), "\\PC{0,200}"]) {
        let sheet = Sheet::read(&text);
        for (i, line) in sheet.lines.iter().enumerate() {
            if let Some(Err(fault)) = &line.outcome {
                prop_assert!(fault.from <= fault.to && fault.to <= line.text.len(), "{:?} {:?}", line.text, fault);
                prop_assert!(line.text.is_char_boundary(fault.from) && line.text.is_char_boundary(fault.to), "{:?} {:?}", line.text, fault);
                prop_assert!(!fault.why.is_empty());
            }
            if let Some(outcome) = sheet.outcome(i) {
                prop_assert!(!show(outcome.value, &outcome.dim).text().is_empty());
            }
            let _ = (working(&sheet, i), tornado(&sheet, i), solve(&sheet, i, 1.0, 0));
        }
        let _ = doubts(&sheet);
        let mut sampler = Sampler::new(std::rc::Rc::new(sheet), 16, 7);
        while sampler.step() {}
    }

    /// A value is the same however its units are written, and whatever order the lines have.
    #[test]
    fn units_and_order_do_not_matter(users in 1u32..1_000_000, posts in 1u32..1000, size in 1u32..100_000) {
        let lines = [
            format!("crowd = {users} users"),
            format!("rate = crowd × {posts} posts/user/day"),
            format!("daily = rate × {size} B/post × 1 day"),
        ];
        let exact = f64::from(users) * f64::from(posts) * f64::from(size);
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            let text: Vec<&str> = order.iter().map(|i| lines[*i].as_str()).collect();
            let sheet = Sheet::read(&text.join("\n"));
            let line = sheet.find("daily").expect("daily");
            prop_assert!(near(sheet.outcome(line).expect("a value").value, exact, 1e-12));
        }
        let bits = Sheet::read(&format!("x = {users} users × {posts} posts/user × {} bit/post", u64::from(size) * 8));
        prop_assert!(near(bits.outcome(0).expect("a value").value, exact, 1e-12));
    }

    /// What is solved for gives what was wanted.
    #[test]
    fn solving_and_calculating_agree(a in 1u32..1000, per in 1u32..1000, wanted in 1u32..1_000_000) {
        let sheet = Sheet::read(&format!("a = {a} users\nload = a × {per} requests/user"));
        let found = solve(&sheet, 1, f64::from(wanted), 0).expect("it rises");
        prop_assert!(near(found * f64::from(per), f64::from(wanted), 1e-9));
    }
}

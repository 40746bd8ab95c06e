//! Of what no law knows.

mod pictures;

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

fn file(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

/// Every published figure of the truth, in the preset that has it.
#[test]
fn presets_come_out_as_published() {
    let truth = file(include_str!("../../../tests/truth/capacity_cases.json"));
    // The case, its output, the preset and its line, and the unit in which the case has it.
    let known = [
        ("pastebin", "bytes_per_paste", "pastebin", "size", "B/paste"),
        ("pastebin", "new_bytes_month", "pastebin", "monthly", "B/month"),
        ("pastebin", "bytes_3y", "pastebin", "three_years", "B"),
        ("pastebin", "links_3y", "pastebin", "links", "pastes"),
        ("pastebin", "writes_s", "pastebin", "writes", "pastes/s"),
        ("pastebin", "reads_s", "pastebin", "reads", "pastes/s"),
        ("web_crawler", "bytes_month", "crawler", "monthly", "B/month"),
        ("web_crawler", "bytes_3y", "crawler", "three_years", "B"),
        ("web_crawler", "writes_s", "crawler", "writes", "pages/s"),
        ("web_crawler", "searches_s", "crawler", "searches", "queries/s"),
        ("amazon_sales_rank", "tx_B", "sales", "fields", "B/sale"),
        ("amazon_sales_rank", "bytes_month", "sales", "monthly", "B/month"),
        ("amazon_sales_rank", "bytes_3y", "sales", "three_years", "B"),
        ("amazon_sales_rank", "tx_s", "sales", "writes", "sales/s"),
        ("amazon_sales_rank", "reads_s", "sales", "reads", "reads/s"),
        ("social_graph", "edges", "graph", "edges", "friends"),
        ("social_graph", "searches_s", "graph", "searches", "queries/s"),
        ("alex_xu_twitter", "dau", "posts", "daily", "users"),
        ("alex_xu_twitter", "qps", "posts", "posts", "posts/s"),
        ("alex_xu_twitter", "peak_qps", "posts", "peak", "posts/s"),
        ("alex_xu_twitter", "media_bytes_day", "posts", "media", "B/day"),
        ("alex_xu_twitter", "media_bytes_5y", "posts", "five_years", "B"),
        ("nalsd_disks", "disks", "adwords", "disks", "disks"),
        ("nalsd_disks", "ram_machines", "adwords", "machines", "machines"),
        ("nalsd_clickmap_querymap", "clickmap_day", "adwords", "click_map", "B/day"),
        ("nalsd_clickmap_querymap", "querymap_day", "adwords", "query_map", "B/day"),
        ("cassandra_storage_packt", "rows_month", "cassandra", "rows", "rows"),
        ("cassandra_storage_packt", "storage_TiB", "cassandra", "storage", "TiB"),
        ("kafka_partition_failover", "leaders", "kafka", "leaders", "partitions"),
        ("kafka_partition_failover", "unavailable_s", "kafka", "unavailable", "s"),
        ("kafka_disk_retention", "total_MB", "kafka", "stored", "MB"),
        ("kafka_disk_retention", "brokers", "kafka", "brokers", "brokers"),
        ("kafka_replication_network", "replication_MB_s", "kafka", "replication", "MB/s"),
        ("ddia_timeline_fanout", "timeline_qps", "fanout", "polls", "queries/s"),
        ("ddia_timeline_fanout", "lookups_s", "fanout", "lookups", "lookups/s"),
        ("ddia_timeline_fanout", "fanout_writes_s", "fanout", "fan_out", "writes/s"),
    ];
    let mut seen = 0;
    for case in truth["cases"].as_array().unwrap() {
        for output in case["outputs"].as_array().unwrap() {
            let at = |row: &&(&str, &str, &str, &str, &str)| case["id"] == row.0 && output["name"] == row.1;
            let Some((_, _, key, name, unit)) = known.iter().find(at) else {
                // How many seconds a month has is in every preset of the primer.
                assert_eq!(case["id"], "primer_conversion", "{output}");
                continue;
            };
            let preset = PRESETS.iter().find(|preset| preset.key == *key).unwrap();
            let sheet = Sheet::read(&format!("{}\nasked_for = {name} in {unit}", preset.text));
            let outcome = sheet.outcome(sheet.find("asked_for").unwrap()).unwrap();
            let unit = sheet.lines.last().unwrap().parsed.as_ref().unwrap().shown_in.as_ref().unwrap().factor;
            let (ours, theirs) = (outcome.value / unit, output["published"].as_f64().unwrap());
            let off = output["rel_diff"].as_f64().unwrap().abs();
            assert!((theirs / ours - 1.0).abs() <= off * 1.1 + 1e-9, "{key}: {name} = {ours}, published {theirs}");
            // And the sheet says what was published: what the source printed, in its own rounding.
            let line = sheet.find(name).unwrap();
            let said = crate::models::estimate::published(&sheet, line);
            let slip = *key == "posts" && *name == "peak";
            assert!(slip || said.is_some_and(|said| (said.value / unit / theirs - 1.0).abs() < 1e-3), "{key}: {name}");
            seen += 1;
        }
    }
    assert_eq!(seen, known.len());
}

/// The slips of the sources are found, and nothing else is taken for one.
#[test]
fn slips_are_named() {
    let mut found = Vec::new();
    for preset in PRESETS {
        let sheet = Sheet::read(preset.text);
        for line in 0..sheet.lines.len() {
            if let Some(published) = crate::models::estimate::published(&sheet, line).filter(|found| !found.agrees) {
                assert!(!published.remark.is_empty(), "{}: {}", preset.key, sheet.lines[line].text);
                found.push((preset.key, sheet.lines[line].name.clone().unwrap()));
            }
        }
    }
    let found: Vec<(&str, &str)> = found.iter().map(|(key, name)| (*key, name.as_str())).collect();
    let wanted = [
        ("posts", "peak"),
        ("shortener", "memory"),
        ("comments", "writes"),
        ("comments", "reads"),
        ("timelines", "machines"),
    ];
    assert_eq!(found, wanted);
}

#[test]
fn solving_writes_what_was_asked_for() {
    let open = |query: &str| {
        let (link, bad) = link::parse(&format!("#/capacity?{query}"));
        assert!(bad.is_empty(), "{bad:?}");
        (find("capacity").unwrap().open)(&link)
    };
    let (mut player, bad) = open("preset=timelines&do=0s:solve(machines,100 machines,timelines)");
    assert!(bad.is_empty(), "{bad:?}");
    assert!(player.page().text.contains("timelines = 260.4 M timelines"), "{}", player.page().text);
    let value = |player: &dyn crate::explainers::Player, key: &str| {
        player.readouts().iter().find(|readout| readout.key == key).and_then(|readout| readout.value).unwrap()
    };
    assert_eq!(value(&*player, "machines"), 100.0);
    // One more of the last digit would not fit.
    player.act("set(timelines,260.5 M timelines)").unwrap();
    assert_eq!(value(&*player, "machines"), 101.0);
    // The same, asked for in one text, with a number in the unit of the result.
    player.act("want(machines = 100%2C timelines)").unwrap();
    assert_eq!(value(&*player, "machines"), 100.0);
    for (act, why) in [
        ("solve(machine,1,timelines)", "no line is called"),
        ("solve(machines,5 MB,timelines)", "the result is of machines"),
        ("solve(machines,1,machines)", "for itself"),
        ("solve(machines,0.5 machines,copies)", "stays above"),
        ("set(machines,5 MB + 1 user)", "cannot be added"),
        ("set(MB,5)", "is a unit already"),
        ("drop(nothing)", "no line is called"),
        ("want(machines)", "write a result"),
    ] {
        assert!(player.act(act).unwrap_err().contains(why), "{act}: {:?}", player.act(act));
    }
}

/// Other numbers are no slip.
#[test]
fn changed_inputs_are_held_against_nothing() {
    let broken = |do_: &str| {
        let (mut player, _) = (find("capacity").unwrap().open)(&link::parse("#/capacity").0);
        if !do_.is_empty() {
            player.act(do_).unwrap();
        }
        let check = player.checks().into_iter().find(|check| check.key == "published").unwrap();
        (matches!(check.verdict, crate::explainers::Verdict::Broken(..)), check.claim)
    };
    assert!(broken("").0, "the notes’ slip");
    let (found, claim) = broken("set(users,10 M users)");
    assert!(!found && claim.contains("nothing is compared"), "{claim}");
    // What has nothing to do with it changes nothing.
    assert!(broken("set(copies,3)").0);
}

/// What is written is what was asked for: of an availability with all its digits, of a range with both ends.
#[test]
fn what_is_solved_for_is_reached() {
    let solved = |query: &str, act: &str| {
        let (mut player, _) = (find("capacity").unwrap().open)(&link::parse(&format!("#/capacity?{query}")).0);
        player.act(act).unwrap_or_else(|why| panic!("{act}: {why}"));
        (Sheet::read(&player.page().text), player.events().last().unwrap().clone())
    };
    let value = |sheet: &Sheet, name: &str| sheet.outcome(sheet.find(name).unwrap()).unwrap().value;
    let (sheet, told) = solved("preset=nines", "solve(a_month,4.5 min/month,balancer)");
    let down = 1.0 - value(&sheet, "balancer");
    let wanted = 4.5 / (365.0 * 1_440.0 / 12.0);
    assert!(down > 1e-7 && value(&sheet, "a_month") <= wanted, "{down} {told:?}");
    assert!(value(&sheet, "a_month") > wanted * 0.999, "and no better than it has to be");
    let (sheet, told) = solved("preset=nines", "solve(site,99.985%,balancer)");
    assert!(value(&sheet, "site") >= 0.99985 && value(&sheet, "balancer") < 1.0);
    assert!(told.text.contains("the least for site to come to no less than"), "{told:?}");
    for act in ["want(users for servers = 100)", "want(servers = 100 by users)", "want(servers = 100%2C users)"] {
        let (sheet, told) = solved("preset=photos", act);
        let line = &sheet.lines[sheet.find("users").unwrap()].text;
        assert!(line.contains("..") && line.ends_with(" users"), "{line}");
        assert_eq!(value(&sheet, "servers"), 100.0, "{line}");
        assert!(told.text.contains("both ends are moved") && told.text.contains("50..80"), "{told:?}");
    }
    let (mut player, _) = (find("capacity").unwrap().open)(&link::parse("#/capacity").0);
    let why = player.act("solve(stored,5 EB,with_media)").unwrap_err();
    assert!(why.contains("even at 0% or 100%"), "{why}");
}

#[test]
fn edits_keep_the_line_as_it_is_written() {
    let (mut player, _) = (find("capacity").unwrap().open)(&link::parse("#/capacity").0);
    player.write("load = 50 M users × 16 B/user  # as it was");
    player.act("set(x,load / 2)").unwrap();
    player.act("solve(x,200 MB,load)").unwrap();
    assert!(player.page().text.starts_with("load = 25 M users × 16 B/user  # as it was"), "{}", player.page().text);
}

#[test]
fn offers_are_about_what_one_can_choose() {
    for preset in PRESETS {
        let (player, _) =
            (find("capacity").unwrap().open)(&link::parse(&format!("#/capacity?preset={}", preset.key)).0);
        for offer in player.offers() {
            let Some(rest) = offer.label.strip_prefix("Solve ") else { continue };
            let (input, result) = rest.split_once(" for ").unwrap();
            assert!(!input.contains("month") && !result.starts_with(&format!("{input} =")), "{}", offer.label);
        }
    }
}

#[test]
fn a_name_that_is_a_unit_hides_none() {
    let sheet = Sheet::read("s = 5\nrate = 7 MB/s\nb = 2");
    assert!(sheet.outcome(0).is_none() && sheet.outcome(2).is_none());
    assert_eq!(sheet.outcome(1).unwrap().value, 7e6);
}

/// Digits of a number as it is shown, without zeros at either end.
fn digits_of(text: &str) -> usize {
    let number = text.split([' ', '\u{a0}', '/', '×']).next().unwrap();
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len()
}

#[test]
fn what_is_rough_is_near_and_short() {
    let mut seen = 0;
    for preset in PRESETS {
        let sheet = Sheet::read(preset.text);
        for (i, rough) in crate::models::estimate::roughly(&sheet).into_iter().enumerate() {
            let (Some(rough), Some(outcome)) = (rough, sheet.outcome(i)) else { continue };
            let near = rough.value / outcome.value;
            assert!((0.66..1.51).contains(&near), "{}: {}: {near}", preset.key, sheet.lines[i].text);
            let text = crate::models::estimate::shown_as(&sheet, i, rough.value).unwrap().text();
            assert!(digits_of(&text) <= 2, "{}: {}: {text}", preset.key, sheet.lines[i].text);
            seen += 1;
        }
        let (player, _) =
            (find("capacity").unwrap().open)(&link::parse(&format!("#/capacity?preset={}", preset.key)).0);
        for line in 0..player.page().notes.len() {
            let note = player.worked(line).unwrap();
            let working: String = note.working.iter().map(|piece| piece.text.as_str()).collect();
            assert!(!note.rough.contains("10^5 s") || working.contains("86,400"), "{working}: {}", note.rough);
        }
    }
    assert!(seen > 40, "{seen}");
}

/// The sheet and the histogram say the same of a range, in a few digits.
#[test]
fn ranges_are_said_once() {
    let link = link::parse("#/capacity?preset=photos&follow=line-16").0;
    let (mut player, _) = (find("capacity").unwrap().open)(&link);
    while player.refine() {}
    let range = player.page().notes[15].range.clone();
    let short = player.page().notes[15].short.clone();
    assert!(short.contains('–') && !short.contains("month") && short.len() < range.len(), "{short}; {range}");
    let mut study = player.studies().remove(0);
    while study.step() {}
    let note = study.chart().note;
    assert!(!range.is_empty() && note.contains(&range), "{range}; {note}");
    for end in range.trim_start_matches('$').split(" to ") {
        assert!(digits_of(end.trim_start_matches('$')) <= 3, "{range}");
    }
}

/// Two sheets of a reader’s own are compared by the names of their results, wherever those stand.
#[test]
fn results_are_compared_by_name() {
    let of = |text: &str| {
        let (mut player, _) = (find("capacity").unwrap().open)(&link::parse("#/capacity").0);
        player.write(text);
        player.readouts()
    };
    let (mine, theirs) = (of("p = 2 × 3\nq = 5 × 1"), of("q = 7 × 1\nz = 1 + 1\np = 9 + 1"));
    for readout in mine.iter().filter(|readout| !readout.label.is_empty()) {
        let other = theirs.iter().find(|other| readout.pairs(other)).unwrap();
        assert_eq!(other.label, readout.label);
        assert_eq!(theirs.iter().filter(|other| readout.pairs(other)).count(), 1, "{}", readout.label);
    }
}

/// What a line is worked out from is told by line, and a long page does without it.
#[test]
fn how_a_line_is_worked_out_is_asked_for() {
    let (mut player, _) = (find("capacity").unwrap().open)(&link::parse("#/capacity").0);
    player.write("users = 5 M users\nposts = users × 2 posts/user");
    let (short, full) = (player.page().notes[1].clone(), player.worked(1).unwrap());
    assert!(short.working.is_empty() && !full.working.is_empty());
    assert_eq!((&short.result, &short.range), (&full.result, &full.range));
}

mod props {
    use super::*;
    use crate::explainers::{Player, View};
    use proptest::prelude::*;

    fn player() -> Box<dyn Player> {
        (find("capacity").unwrap().open)(&link::parse("#/capacity").0).0
    }

    fn lines() -> impl Strategy<Value = String> {
        let word = prop::sample::select(vec![
            "users",
            "a",
            "x",
            " = ",
            "=",
            "300 M",
            "5",
            "50..80",
            "MB",
            "/day",
            " in ",
            " + ",
            " × ",
            " / ",
            "^",
            "(",
            ")",
            "ceil(",
            "series(",
            "of(2; ",
            "nines(",
            "%",
            "# published: 5 MB",
            "\n",
            "\n",
            "🙂",
            "&",
            ";",
            "10^400",
            "99.9%",
            "$",
            "\r\n",
            "\t",
        ]);
        prop_oneof![prop::collection::vec(word, 0..60).prop_map(|words| words.concat()), "\\PC{0,200}"]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

        /// Whatever is typed is kept, survives its link, can be drawn, and has a note for each of its lines.
        #[test]
        fn any_text_is_kept(text in lines(), width in 200.0f32..1400.0) {
            let mut player = player();
            player.write(&text);
            let page = player.page();
            prop_assert_eq!(&page.text, &text);
            prop_assert!(page.notes.len() >= text.split('\n').count());
            for (line, note) in text.lines().zip(&page.notes) {
                if let Some(fault) = &note.fault {
                    prop_assert!(line.is_char_boundary(fault.from) && line.is_char_boundary(fault.to), "{:?}", line);
                }
            }
            let link = link::write(&player.link());
            let (parsed, bad) = link::parse(&link);
            prop_assert!(bad.is_empty(), "{:?}", bad);
            let (copy, bad) = (find("capacity").unwrap().open)(&parsed);
            prop_assert!(bad.is_empty(), "{:?}", bad);
            prop_assert_eq!(copy.page().text, text);
            prop_assert_eq!(copy.digest(), player.digest());
            while player.refine() {}
            for focus in player.followable().into_iter().take(5).map(Some).chain([None]) {
                let view = View { focus, ..View::sized(width, 600.0) };
                let _ = (player.scene(&view), player.diagram(&view), player.table());
            }
            for offer in player.offers() {
                let mut player = (find("capacity").unwrap().open)(&parsed).0;
                prop_assert!(player.act(&offer.act).is_ok(), "{}: {:?}", offer.act, player.act(&offer.act));
            }
            let _ = (player.checks(), player.readouts(), player.describe(), player.page());
        }
    }
}

/// Of several availabilities the one with the most parts, or the one around what is lit.
#[test]
fn the_largest_availability_is_drawn() {
    let (player, _) = (find("capacity").unwrap().open)(&link::parse("#/capacity?preset=nines").0);
    let title = |focus: Option<&str>| {
        let focus = focus.and_then(|word| player.subject(word));
        let view = crate::explainers::View { focus, ..crate::explainers::View::sized(800.0, 560.0) };
        let scene = player.diagram(&view).unwrap();
        let title = scene.shapes().find_map(|shape| match shape {
            crate::draw::scene::Shape::Text { text, .. } => Some(text.clone()),
            _ => None,
        });
        title.unwrap()
    };
    assert_eq!(title(None), "What site is made of");
    assert_eq!(title(Some("line-2")), "What site is made of", "the balancer is a part of it");
    assert_eq!(title(Some("line-4")), "What apps is made of");
}

/// Long sheets: what is not drawn is said, and what is followed is always there.
#[test]
fn many_lines_are_folded() {
    let mut player = (find("capacity").unwrap().open)(&link::parse("#/capacity").0).0;
    let text: String = (0..200)
        .map(|i| format!("l{i} = {} + 1..2 users\n", if i == 0 { "5 users".into() } else { format!("l{}", i - 1) }))
        .collect();
    player.write(&text);
    while player.refine() {}
    let follow = player.subject("line-100");
    let view = crate::explainers::View { follow, ..crate::explainers::View::sized(1200.0, 700.0) };
    let texts: Vec<String> = player
        .scene(&view)
        .shapes()
        .filter_map(|shape| match shape {
            crate::draw::scene::Shape::Text { text, .. } => Some(text.clone()),
            _ => None,
        })
        .collect();
    assert!(texts.iter().any(|text| text.contains("176 more lines")), "{texts:?}");
    assert!(texts.iter().any(|text| text == "l99"));
    assert!(player.page().notes[199].range.contains(" to "));
    assert!(player.left_out().is_none());
    player.write(&text.repeat(4));
    assert!(player.left_out().is_some_and(|words| words.contains("800 lines")));
    assert!(
        player
            .page()
            .notes
            .iter()
            .any(|note| note.fault.as_ref().is_some_and(|fault| fault.why.contains("500 lines at most")))
    );
}

/// A long chain of ranges takes a bounded number of steps, and what matters most is worked out once.
#[test]
fn long_chains_of_ranges_are_bounded() {
    let mut player = (find("capacity").unwrap().open)(&link::parse("#/capacity").0).0;
    let text: String = (0..300)
        .map(|i| format!("l{i} = {} × 1..1.02\n", if i == 0 { "5 users".into() } else { format!("l{}", i - 1) }))
        .collect();
    player.write(&text);
    let steps = 1 + std::iter::from_fn(|| player.refine().then_some(())).count();
    assert!(steps <= super::scene::STEPS + 1, "{steps}");
    assert!(player.page().notes[299].range.contains(" to "));
    let data = super::Data { sheet: Some(text.into()) };
    let world = super::World::build(&<super::Params as crate::explainers::Knobs>::new(), &data);
    let swings = world.made.tornado(299);
    assert_eq!(swings.len(), 60);
    assert!(std::rc::Rc::ptr_eq(&swings, &world.clone().made.tornado(299)), "once for a text");
}

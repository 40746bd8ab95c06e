//! The quorum's own data, through the same door as the page's: delays as they were measured or fitted, and histories
//! to be judged and drawn.

use moving_parts::draw::scene::{Scene, Shape};
use moving_parts::explainers::{Import, Imported, Inquiry, Player, Tone, find, imports};
use moving_parts::link::{self, Link};
use moving_parts::sim::latency::Delay;
use moving_parts::sim::random::stream;
use proptest::prelude::*;

fn quorum() -> Box<dyn Player> {
    open("")
}

fn open(query: &str) -> Box<dyn Player> {
    let (player, bad) = opened(query);
    assert!(bad.is_empty(), "{bad:?}");
    player
}

fn opened(query: &str) -> (Box<dyn Player>, Vec<link::Complaint>) {
    (find("quorum").expect("in the registry").open)(&link::parse(&format!("#/quorum?{query}")).0)
}

fn import(key: &str) -> &'static Import {
    imports("quorum").iter().find(|import| import.key == key).expect("an import of this name")
}

fn read_in(key: &str, pieces: &[&[u8]]) -> Imported {
    let mut reader = (import(key).reader)();
    pieces.iter().for_each(|piece| reader.push(piece));
    reader.finish()
}

fn read(key: &str, text: impl AsRef<[u8]>) -> Imported {
    read_in(key, &[text.as_ref()])
}

fn lines(imported: &Imported) -> Vec<u64> {
    imported.bad.iter().map(|(line, _)| *line).collect()
}

fn adopted(imported: Imported) -> (Box<dyn Player>, Link) {
    let mut player = quorum();
    let bad = player.adopt(imported);
    assert!(bad.is_empty(), "{bad:?}");
    let link = player.link();
    (player, link)
}

fn part(link: &Link, key: &str) -> Option<String> {
    link.parts.iter().find(|(part, _)| part == key).map(|(_, value)| value.clone())
}

/// What a run comes to with some reads and writes in it.
fn outcome(mut player: Box<dyn Player>) -> u64 {
    for act in ["write(1,x)", "read(2,x)", "write(2,x)", "read(1,x)"] {
        player.act(act).expect("always possible");
        player.seek(player.now() + 3_000);
    }
    player.seek(player.end());
    player.digest()
}

/// What comes of the same run by its link.
fn by_link(player: &dyn Player) -> u64 {
    let text = link::write(&player.link());
    let (copy, bad) = opened(text.split_once('?').map_or("", |(_, query)| query));
    assert!(bad.is_empty(), "{text}: {bad:?}");
    outcome(copy)
}

fn drawn(delay: &Delay, n: usize) -> String {
    let mut chance = stream(5, "own");
    (0..n).map(|_| format!("{:.3}\n", delay.sample_ms(&mut chance))).collect()
}

#[test]
fn delays_as_files_have_them() {
    let text = "\u{feff}# ms\r\n1.25\r\n\n  3 ms  \n0.0004 # nothing\n1e1\n1,5\n-2\nfast\n3600000\n3600001\n.5";
    let imported = read("delays", text);
    assert_eq!(lines(&imported), [7, 8, 9, 11], "{:?}", imported.bad);
    assert!(imported.bad[0].1.contains("“1,5”"), "{:?}", imported.bad);
    assert!(imported.bad[1].1.starts_with("0 to 3,600,000 ms"), "{:?}", imported.bad);
    assert_eq!(imported.summary, "6 delays; median 1.25 ms, 99th percentile 3600000 ms");
    let (player, link) = adopted(imported);
    assert_eq!(part(&link, "delay").as_deref(), Some("own"));
    assert_eq!(part(&link, "own").as_deref(), Some("0,0.5,1.25,3,10,3600000"));
    assert!(player.events()[0].text.contains("your 6 samples: median 1.25 ms"), "{}", player.events()[0].text);
    assert_eq!(by_link(&*player), outcome(adopted(read("delays", text)).0));
}

/// One delay for all messages: the latencies of reads and writes say it.
#[test]
fn messages_take_what_was_measured() {
    for (ms, latency) in [("7", 16.0), ("2.5", 7.0)] {
        let (mut player, _) = adopted(read("delays", ms));
        player.act("write(1,x)").expect("always possible");
        player.seek(player.end());
        let readouts = player.readouts();
        let found = readouts.iter().find(|readout| readout.key == "write-took").and_then(|readout| readout.value);
        // Two legs, and a millisecond each way between the client and its coordinator.
        assert_eq!(found, Some(latency), "{:?}", readouts);
    }
}

#[test]
fn delays_too_many_for_a_link_stay_and_are_named() {
    let text = drawn(&Delay::Exponential { mean: 4.0 }, 5_000);
    let (player, link) = adopted(read("delays", &text));
    assert_eq!(part(&link, "own"), None);
    let out = player.left_out().expect("left out");
    assert!(out.starts_with("your 5,000 delays"), "{out}");
    assert!(player.own_data());
    // Whoever opens that link is told, and sees a run that says what it draws instead.
    let text = link::write(&link);
    let (copy, bad) = opened(text.split_once('?').map_or("", |(_, query)| query));
    assert_eq!(bad.len(), 1, "{bad:?}");
    let last = copy.events().last().expect("said");
    assert!(last.tone == Tone::Warn && last.head.contains("no delays of yours"), "{last:?}");
    // Many, but few different ones, do go.
    let (player, link) = adopted(read("delays", "1.5\n2\n".repeat(500_000)));
    assert_eq!(part(&link, "own").as_deref(), Some("1.5*500000,2*500000"));
    assert_eq!(by_link(&*player), outcome(open("delay=own&own=1.5*500000,2*500000")));
}

#[test]
fn a_fit_always_goes_into_a_link() {
    let delay = Delay::pareto_and_exponential(0.6, 1.2, 4.0, 0.2);
    let imported = read("fit", drawn(&delay, 20_000));
    assert!(imported.bad.is_empty() && imported.summary.contains("fitted by"), "{}", imported.summary);
    let (player, link) = adopted(imported);
    let numbers = part(&link, "own-fit").expect("four numbers");
    let found: Vec<f64> = numbers.split(',').map(|text| text.parse().expect("a number")).collect();
    for (found, expected) in found.iter().zip([0.6, 1.2, 4.0, 5.0]) {
        assert!((found / expected - 1.0).abs() < 0.1, "{numbers}");
    }
    assert_eq!((part(&link, "own"), player.left_out()), (None, None));
    let run = outcome(open(&format!("delay=own&own-fit={numbers}")));
    assert_eq!(by_link(&*player), run);
    assert_eq!(outcome(player), run);
}

#[test]
fn what_has_no_fit_is_used_as_it_is_and_says_so() {
    let two: String = (0..2_000).map(|i| if i % 2 == 0 { "1\n" } else { "100\n" }).collect();
    for (text, why) in
        [(two, "N-RMSE"), ("1\n2\n3\n".into(), "takes ten delays"), ("5\n".repeat(50), "not all the same")]
    {
        let imported = read("fit", text);
        assert!(imported.summary.contains(why) && imported.summary.contains("as they are"), "{}", imported.summary);
        let (player, link) = adopted(imported);
        assert!(part(&link, "own").is_some() && part(&link, "own-fit").is_none());
        assert!(player.events()[0].text.contains("samples"));
    }
}

#[test]
fn own_delays_without_any_are_plain_and_said_to_be() {
    let player = open("delay=own");
    let last = player.events().last().expect("said");
    assert!(last.tone == Tone::Warn && last.text.contains("plain"), "{last:?}");
    assert!(!player.own_data());
    assert!(open("").events().iter().all(|event| event.tone == Tone::Plain));
}

#[test]
fn parts_of_links_written_by_hand() {
    for (query, part) in [
        ("own=1,x", "own=1,x"),
        ("own=", "own="),
        ("own=1*1000001", "own=1*1000001"),
        ("own=1*600000,2*600000", "own=1*600000,2*600000"),
        ("own=-1", "own=-1"),
        ("own-fit=1,2,3", "own-fit=1,2,3"),
        ("own-fit=2,1,1,1", "own-fit=2,1,1,1"),
        ("own-fit=0.5,0,1,1", "own-fit=0.5,0,1,1"),
        ("own-fit=0.5,1,NaN,1", "own-fit=0.5,1,NaN,1"),
    ] {
        let (player, bad) = opened(query);
        assert_eq!(bad.iter().map(|bad| bad.part.as_str()).collect::<Vec<_>>(), [part]);
        assert!(bad[0].why.contains("expected") && !player.own_data(), "{bad:?}");
    }
}

#[test]
fn a_million_delays_and_not_one_more() {
    let mut reader = (import("delays").reader)();
    let piece = (0..1_000).map(|i| format!("{i}.5\n")).collect::<String>();
    (0..1_001).for_each(|_| reader.push(piece.as_bytes()));
    let imported = reader.finish();
    assert_eq!(lines(&imported), [1_000_001]);
    assert!(imported.summary.starts_with("1,000,000 delays; 1,000 lines beyond the limit"), "{}", imported.summary);
}

// Histories

fn judged(text: &str) -> Box<dyn Inquiry> {
    let mut inquiry = read("history", text).inquiry.expect("operations");
    let mut before = 0.0;
    while inquiry.step() {
        // A search that goes over the history again begins again.
        before = inquiry.progress().max(before);
        assert!((0.0..=1.0).contains(&inquiry.progress()));
    }
    inquiry
}

const SAMPLES: [(&str, &str); 8] = [
    (include_str!("truth/knossos_bad_analysis.edn"), "Not linearizable: read → 2 (operation 8, client 21)"),
    (include_str!("truth/knossos_cas_register_bug.edn"), "Linearizable: the operations"),
    (include_str!("truth/knossos_immediate_failure.edn"), "Not linearizable: read → 3"),
    (include_str!("truth/knossos_rethink_fail_minimal.edn"), "nothing ever set it to 3."),
    (include_str!("truth/porcupine_etcd_000.log"), "Not linearizable: read → 2 (operation 43, client 11)"),
    (include_str!("truth/porcupine_etcd_002.log"), "Linearizable: the operations"),
    (include_str!("truth/porcupine_etcd_005.log"), "Linearizable: the operations"),
    // Two keys, names instead of numbers, one client with two things at a time.
    (
        r#"{"client": "ann", "op": "write", "key": "a key with a long name", "value": "a value with a long name", "start": 0, "end": 9}
           {"client": "ann", "op": "write", "key": "a key with a long name", "value": "w2", "start": 5}
           {"client": "bob", "op": "read", "key": "y", "value": "stale", "start": 12, "end": 14}
           {"client": "a client with a long name", "op": "cas", "key": "y", "value": ["nil", "stale"], "start": 20, "end": 21, "ok": false}"#,
        "Not linearizable on y: read y → stale (operation 2, client bob) found stale, but nothing ever set it",
    ),
];

#[test]
fn verdicts_in_words() {
    for (text, said) in SAMPLES {
        let words = judged(text).words();
        assert!(words.contains(said), "{words}");
    }
}

/// Compare-and-sets that make two circles with no way from one to the other, all at once: no order has them all, and
/// the search has to try very many to know.
#[test]
fn what_takes_too_long_is_not_decided() {
    let mut pairs: Vec<(u32, u32)> = (0..7).flat_map(|a| (0..7).map(move |b| (a, b))).filter(|(a, b)| a != b).collect();
    pairs.extend([(10, 11), (11, 12), (12, 10)]);
    let name = |value: u32| if value == 0 { "null".to_string() } else { value.to_string() };
    let one = |(i, (a, b)): (usize, &(u32, u32))| {
        format!(
            "{{\"client\": {i}, \"op\": \"cas\", \"value\": [{}, {}], \"start\": 0, \"end\": 9}}\n",
            name(*a),
            name(*b)
        )
    };
    let text: String = pairs.iter().enumerate().map(one).collect();
    let inquiry = judged(&text);
    let most = moving_parts::explainers::grouped(moving_parts::models::quorum::linear::STEPS as i64 / 1_000);
    assert!(inquiry.words().starts_with(&format!("Not decided: {most},")), "{}", inquiry.words());
    WIDTHS.iter().for_each(|width| fits(&inquiry.scene(*width), "undecided"));
}

#[test]
fn every_example_reads_without_complaint() {
    for import in imports("quorum") {
        let imported = read(import.key, import.example);
        assert!(imported.bad.is_empty(), "{}: {:?}", import.key, imported.bad);
        assert_eq!(imported.data.is_none(), imported.inquiry.is_some());
        assert!(import.key != "fit" || imported.summary.contains("fitted by"), "{}", imported.summary);
        if imported.data.is_some() {
            assert!(adopted(imported).0.own_data());
        }
    }
    assert!(judged(import("history").example).words().starts_with("Not linearizable"));
}

#[test]
fn histories_change_nothing_in_the_run() {
    let imported = read("history", SAMPLES[4].0);
    assert!(imported.data.is_none() && imported.set.is_empty() && imported.bad.is_empty());
    assert_eq!(imported.summary, "85 operations by 19 clients on 1 key; 20 failed; 16 with an unknown outcome");
    let nothing = read("history", "");
    assert!(nothing.inquiry.is_none() && nothing.bad.is_empty());
    let bad = read("history", "{\"process\": 1, \"type\": \"invoke\", \"f\": \"explode\"}\nhello\n");
    assert!(bad.inquiry.is_none());
    assert_eq!(lines(&bad), [1, 2]);
}

fn texts<'a>(scene: &'a Scene) -> Vec<(&'a Shape, &'a str)> {
    let text = |shape: &'a Shape| match shape {
        Shape::Text { text, .. } => Some((shape, text.as_str())),
        _ => None,
    };
    scene.shapes().filter_map(text).collect()
}

fn fits(scene: &Scene, at: &str) {
    for shape in scene.shapes() {
        let (x0, y0, x1, y1) = shape.bounds();
        let inside = x0 >= -1.0 && y0 >= -1.0 && x1 <= scene.width + 1.0 && y1 <= scene.height + 1.0;
        assert!(inside, "{at}: {shape:?} leaves the {} × {} frame", scene.width, scene.height);
        if let Shape::Text { size, text, .. } = shape {
            assert!(*size >= 12.0, "{at}: “{text}” is under 12 px");
        }
    }
    let texts = texts(scene);
    for (i, (a, a_text)) in texts.iter().enumerate() {
        for (b, b_text) in &texts[..i] {
            let ((ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1)) = (a.bounds(), b.bounds());
            let (across, down) = (ax1.min(bx1) - ax0.max(bx0), ay1.min(by1) - ay0.max(by0));
            assert!(across < 1.5 || down < 3.0, "{at}: “{a_text}” lies on “{b_text}”");
        }
    }
    // What can be pointed at is an operation; no two lie on each other.
    let bars: Vec<_> = scene.hits().filter(|(shape, _)| matches!(shape, Shape::Rect { .. })).collect();
    for (i, (a, a_hit)) in bars.iter().enumerate() {
        for (b, b_hit) in &bars[..i] {
            let ((ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1)) = (a.bounds(), b.bounds());
            let apart = ax1.min(bx1) - ax0.max(bx0) < 3.5 || ay1.min(by1) - ay0.max(by0) < 3.5;
            assert!(apart, "{at}: {} lies on {}", a_hit.label, b_hit.label);
        }
    }
}

const WIDTHS: [f32; 6] = [300.0, 320.0, 400.0, 560.0, 800.0, 1_100.0];

#[test]
fn timelines_stay_in_their_frame_and_show_the_violation() {
    for (i, (text, _)) in SAMPLES.into_iter().enumerate() {
        let inquiry = judged(text);
        for width in WIDTHS {
            let scene = inquiry.scene(width);
            fits(&scene, &format!("history {i} at {width}"));
            assert!(scene.width == width && scene.height > 80.0);
            let has = |said: &str| texts(&scene).iter().any(|(_, text)| text.contains(said));
            let broken = inquiry.words().starts_with("Not");
            assert_eq!(has("not linearizable from here on"), broken, "history {i} at {width}");
            if i == 4 {
                assert!(has("#43") && has("#37") && has("#32"), "history {i} at {width} lacks what it is about");
                assert!(has("of 85"));
            }
        }
    }
    // What has no verdict yet can be drawn, too.
    fits(&read("history", SAMPLES[4].0).inquiry.expect("operations").scene(320.0), "undecided");
}

/// The places of begins and ends say which operation was before which.
#[test]
fn bars_keep_the_order_of_time() {
    let text = r#"{"client": 1, "op": "write", "value": 1, "start": 0, "end": 10}
                  {"client": 2, "op": "write", "value": 2, "start": 5, "end": 20}
                  {"client": 3, "op": "read", "value": 2, "start": 15, "end": 18}
                  {"client": 4, "op": "read", "value": 2, "start": 30, "end": 31}
                  {"client": 5, "op": "write", "value": 9, "start": 2}"#;
    let inquiry = judged(text);
    for width in [560.0, 1_100.0] {
        let scene = inquiry.scene(width);
        let bar = |named: &str| {
            let found =
                scene.hits().find(|(shape, hit)| matches!(shape, Shape::Rect { .. }) && hit.label.starts_with(named));
            let (x0, _, x1, _) = found.expect("a bar").0.bounds();
            (x0, x1)
        };
        let (one, two, seen, late, open) = (
            bar("write = 1"),
            bar("write = 2"),
            bar("read → 2 (operation 2"),
            bar("read → 2 (operation 3"),
            bar("write = 9"),
        );
        assert!(one.0 < open.0 && open.0 < two.0 && two.0 < one.1 && one.1 < seen.0);
        assert!(seen.1 < two.1 && two.1 < late.0 && late.1 <= open.1);
    }
}

/// Records whole and torn, of every form.
fn material() -> impl Strategy<Value = Vec<u8>> {
    let edn = include_str!("truth/knossos_bad_analysis.edn");
    let log = include_str!("truth/porcupine_etcd_000.log");
    let all: Vec<&str> = edn.lines().chain(log.lines().take(40)).chain(SAMPLES[7].0.lines()).collect();
    let words: Vec<&str> = all.iter().flat_map(|line| line.split(' ')).collect();
    let one = prop_oneof![
        prop::sample::select(words).prop_map(|word| [word.as_bytes(), b" "].concat()),
        prop::sample::select(all).prop_map(|line| [line.as_bytes(), b"\n"].concat()),
        prop::sample::select(vec!["1.5\n", "20 ms\n", "3\n", "4,5\n", "1e9\n", "#\n"]).prop_map(|text| text.into()),
        prop::collection::vec(any::<u8>(), 0..20),
    ];
    prop::collection::vec(one, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic_and_pieces_read_as_the_whole(bytes in material(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6), width in 320f32..1_100.0) {
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        at.extend([0, bytes.len()]);
        at.sort_unstable();
        let pieces: Vec<&[u8]> = at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        let count = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        for import in imports("quorum") {
            let (whole, pieced) = (read(import.key, &bytes), read_in(import.key, &pieces));
            prop_assert_eq!(&pieced.summary, &whole.summary);
            prop_assert_eq!((&pieced.bad, pieced.more, &pieced.set), (&whole.bad, whole.more, &whole.set));
            for (line, why) in &whole.bad {
                prop_assert!((1..=count).contains(line) && !why.is_empty());
            }
            if let Some(mut inquiry) = whole.inquiry {
                while inquiry.step() {}
                prop_assert!(!inquiry.words().is_empty());
                fits(&inquiry.scene(width), "random");
                continue;
            }
            let (mut a, mut b) = (quorum(), quorum());
            a.adopt(whole);
            b.adopt(pieced);
            prop_assert_eq!(a.digest(), b.digest());
            if a.left_out().is_none() {
                prop_assert_eq!(by_link(&*a), outcome(b));
            }
        }
    }

    /// Every line of a list of delays is taken, empty, or named.
    #[test]
    fn every_line_is_accounted_for(lines in prop::collection::vec(prop_oneof![
        Just(""), Just("# remark"), Just("1.5"), Just("7"), Just("many"), Just("1.5.2"), Just("-1"), Just("12 ms"),
    ], 0..60)) {
        let imported = read("delays", lines.join("\n"));
        let good = lines.iter().filter(|line| ["1.5", "7", "12 ms"].contains(line)).count();
        let empty = lines.iter().filter(|line| line.is_empty() || line.starts_with('#')).count();
        prop_assert_eq!(good + empty + imported.bad.len() + imported.more as usize, lines.len());
        prop_assert_eq!(imported.data.is_some(), good > 0);
        let said = format!("{good} delay");
        prop_assert!(imported.summary.starts_with(&said));
    }
}

/// 100,000 operations: what is drawn is where it breaks.
#[test]
fn a_very_long_history_is_drawn_where_it_breaks() {
    let mut text = String::new();
    for i in 0..100_000u32 {
        let (value, start) = (i / 2, i * 10);
        let (op, value) = match i {
            90_001 => ("read", 3),
            _ if i % 2 == 0 => ("write", value),
            _ => ("read", value),
        };
        let client = i % 7;
        text += &format!(
            "{{\"client\":{client},\"op\":\"{op}\",\"value\":{value},\"start\":{start},\"end\":{}}}\n",
            start + 15
        );
    }
    let inquiry = judged(&text);
    assert!(inquiry.words().contains("(operation 90001, client 2) found the old value 3"), "{}", inquiry.words());
    for width in WIDTHS {
        let scene = inquiry.scene(width);
        fits(&scene, "long");
        let has = |said: &str| texts(&scene).iter().any(|(_, text)| text.contains(said));
        assert!(has("#90001") && has("of 100,000 operations") && has("+"), "{width}");
    }
}

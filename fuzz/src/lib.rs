//! What anybody may hand to the page, as bytes, and what must come of it: one function for each kind. `cargo fuzz`
//! searches with them, and `tests/fuzz.rs` runs each of them on a bounded number of random inputs.

use moving_parts::draw::scene::Scene;
use moving_parts::explainers::{Entry, Import, Imported, Player, REGISTRY, View, find, imports};
use moving_parts::link::{self, Link, frame};

/// A kind of input: its name, what must come of any bytes, and inputs that are as they should be.
pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]),
    pub seeds: fn() -> Vec<Vec<u8>>,
}

pub const TARGETS: &[Target] = &[
    Target { name: "link", run: link, seeds: links },
    Target { name: "query", run: query, seeds: queries },
    Target { name: "action", run: action, seeds: actions },
    Target { name: "guess", run: guess, seeds: || texts(&["12 ns", "100 µs", "1.5 ms", "3", "2 s", "0.1 us"]) },
    Target { name: "sheet", run: sheet, seeds: || presets("capacity") },
    Target { name: "path", run: path, seeds: || presets("latency") },
    Target { name: "keys", run: |bytes| paste("hash-ring", "keys", bytes), seeds: || examples("hash-ring", "keys") },
    Target {
        name: "servers",
        run: |bytes| paste("hash-ring", "servers", bytes),
        seeds: || examples("hash-ring", "servers"),
    },
    Target {
        name: "nodetool",
        run: |bytes| paste("hash-ring", "nodetool", bytes),
        seeds: || examples("hash-ring", "nodetool"),
    },
    Target { name: "redis", run: |bytes| paste("hash-ring", "redis", bytes), seeds: redis },
    Target { name: "delays", run: |bytes| paste("quorum", "delays", bytes), seeds: || examples("quorum", "delays") },
    Target { name: "fit", run: |bytes| paste("quorum", "fit", bytes), seeds: || examples("quorum", "fit") },
    Target { name: "history", run: |bytes| paste("quorum", "history", bytes), seeds: histories },
    Target { name: "group", run: |bytes| paste("kafka", "group", bytes), seeds: || examples("kafka", "group") },
    Target { name: "trace", run: |bytes| paste("cache", "trace", bytes), seeds: traces },
];

/// Runs the target of this name.
#[allow(dead_code)]
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of this name");
    (target.run)(bytes);
}

fn texts(all: &[&str]) -> Vec<Vec<u8>> {
    all.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn example(slug: &str, key: &str) -> &'static Import {
    imports(slug).iter().find(|import| import.key == key).expect("an import of this name")
}

fn examples(slug: &str, key: &str) -> Vec<Vec<u8>> {
    texts(&[example(slug, key).example])
}

/// The states of all lessons, as links.
fn links() -> Vec<Vec<u8>> {
    let of = |entry: &'static Entry| {
        let steps = (entry.lessons)().iter().flat_map(|lesson| lesson.steps);
        steps.map(move |step| format!("#/{}?{}", entry.meta.slug, step.state).into_bytes())
    };
    let by_hand = [
        "#/hash-ring?servers=5&vnodes=16&seed=7&do=2s:add;5s:crash(3)&t=6.2&follow=server-3&play=1",
        "#/hash-ring?own-servers=a,b*250,c*10,node%20d&own-keys=x,y,%F0%9F%98%80,a%2Cb,z&copies=2&do=1s:crash(1)&t=2",
        "#/hash-ring?placement=redis&own-servers=a,b&own-slots=8192*1,8192*2",
        "#/hash-ring?placement=cassandra&own-servers=a,b&own-tokens=-5,3/7",
        "#/quorum?delay=own&own=0,0.5,1.25*4,3&do=0.01s:write(1,x);0.02s:read(2,x)&t=0.035&vs.w=1",
        "#/quorum?delay=own&own-fit=0.38,1.05,1.51,5.46&lesson=majority.2",
        "#/kafka?own-group=billing,:range,2,Stable!*a,,,,0~b,,,,0!invoices,48231.21.0/1.2,2.0.1*2&do=2s:join",
    ];
    REGISTRY.iter().flat_map(of).chain(texts(&by_hand)).collect()
}

fn queries() -> Vec<Vec<u8>> {
    texts(&[
        "?embed&controls=play,scrub&theme=dark&accent=0072b2&steps=2-5&autoplay&loop&fit",
        "?present&theme=light",
        "?speaker",
        "?handout&utm_source=somebody",
        "?embed=1&controls=all&accent=%230af",
    ])
}

fn actions() -> Vec<Vec<u8>> {
    let opened = REGISTRY.iter().flat_map(|entry| open(entry, "").0.offers());
    opened.map(|offer| offer.act.into_bytes()).collect()
}

/// The texts that a calculator offers.
fn presets(slug: &str) -> Vec<Vec<u8>> {
    let entry = find(slug).expect("a calculator");
    let mut player = open(entry, "").0;
    let at = player.schema().iter().position(|knob| ["preset", "request"].contains(&knob.key)).expect("presets");
    let (first, last) = player.schema()[at].range();
    let mut text = |preset| {
        player.set_knob(at, preset);
        player.page().text.into_bytes()
    };
    (first..=last).map(&mut text).collect()
}

fn redis() -> Vec<Vec<u8>> {
    let printed = [
        include_str!("../../tests/fixtures/cluster_nodes_created.txt"),
        include_str!("../../tests/fixtures/cluster_nodes_failed_over.txt"),
        include_str!("../../tests/fixtures/cluster_nodes_importing.txt"),
        include_str!("../../tests/fixtures/cluster_nodes_lost_master.txt"),
        include_str!("../../tests/fixtures/cluster_nodes_migrating.txt"),
    ];
    [examples("hash-ring", "redis"), texts(&printed)].concat()
}

fn histories() -> Vec<Vec<u8>> {
    let log: String = include_str!("../../tests/truth/porcupine_etcd_000.log").split_inclusive('\n').take(40).collect();
    let recorded = [
        include_str!("../../tests/truth/knossos_bad_analysis.edn"),
        include_str!("../../tests/truth/knossos_cas_register_bug.edn"),
        include_str!("../../tests/truth/knossos_immediate_failure.edn"),
        &log,
    ];
    [examples("quorum", "history"), texts(&recorded)].concat()
}

fn traces() -> Vec<Vec<u8>> {
    let tables = [
        "time,key,size,op\n1,a,10,get\n2,b,20,set\n3,a,10,GET\n4,b,,read\n5,a,,delete\n",
        "0,k1,17,512,2,get,0\n0,k2,17,512,2,set,3600\n1,k1,17,512,2,get,0\n",
        "op;ts;KEY\nget;2024-01-01T00:00:00Z;\"x;\"\"y\"\"\"\nset;;x\n",
        "OK\n1339518083.107412 [0 127.0.0.1:60866] \"set\" \"a\" \"1\" \"EX\" \"10\"\n\
         1339518087.877697 [0 127.0.0.1:60866] \"mget\" \"a\" \"b\\x00\\\"\"\n\
         1339518099.363799 [0 lua] \"del\" \"a\"\n",
    ];
    [examples("cache", "trace"), texts(&tables)].concat()
}

fn open(entry: &Entry, query: &str) -> (Box<dyn Player>, Vec<link::Complaint>) {
    (entry.open)(&link::parse(&format!("#/{}?{query}", entry.meta.slug)).0)
}

fn inside(scene: &Scene) {
    for shape in scene.shapes() {
        let (x0, y0, x1, y1) = shape.bounds();
        let fits = x0 >= -1.0 && y0 >= -1.0 && x1 <= scene.width + 1.0 && y1 <= scene.height + 1.0;
        // What is not a number fails this, too.
        assert!(fits, "{shape:?} leaves the {} × {} frame", scene.width, scene.height);
    }
}

/// Any fragment: what is understood is written so that it is understood the same; what is not is named.
fn link(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (parsed, bad) = link::parse(&text);
    assert!(bad.iter().all(|bad| !bad.part.is_empty() && !bad.why.is_empty()), "{bad:?}");
    let written = link::write(&parsed);
    let (again, bad) = link::parse(&written);
    assert!(bad.is_empty(), "{written}: {bad:?}");
    assert_eq!(again, parsed, "{written}");
    let Some(entry) = find(&parsed.slug).filter(|_| small(&parsed)) else { return };
    let (mut player, bad) = (entry.open)(&parsed);
    assert!(bad.iter().all(|bad| !bad.part.is_empty() && !bad.why.is_empty()), "{bad:?}");
    inside(&player.scene(&View::sized(360.0, 640.0)));
    assert!(!player.events().is_empty());
    same_by_link(entry, &*player);
}

/// Whether a run by this link takes no longer than a search has time for.
fn small(link: &Link) -> bool {
    let large = |(_, value): &(String, String)| value.parse::<i64>().is_ok_and(|value| value > 3_000);
    link.parts.len() < 12 && !link.parts.iter().any(large) && link.actions.len() < 20
}

fn same_by_link(entry: &Entry, player: &dyn Player) {
    if player.left_out().is_some() {
        return;
    }
    let text = link::write(&player.link());
    assert!(!text.bytes().any(|byte| b"<>\"'` ".contains(&byte)), "{text} could be more than text");
    let (copy, bad) = (entry.open)(&link::parse(&text).0);
    assert!(bad.is_empty(), "{text}: {bad:?}");
    assert_eq!(copy.digest(), player.digest(), "{text}");
    assert_eq!(link::write(&copy.link()), text);
}

/// Any query: the same.
fn query(bytes: &[u8]) {
    let (read, bad) = frame::read(&String::from_utf8_lossy(bytes));
    assert!(bad.iter().all(|bad| !bad.part.is_empty() && !bad.why.is_empty()), "{bad:?}");
    let written = frame::write(&read);
    assert_eq!(frame::read(&written), (read, vec![]), "{written}");
    assert!(!written.bytes().any(|byte| b"<>\"'` #".contains(&byte)), "{written} could be more than text");
}

/// Any action in any explainer: done, or refused in words and without a trace.
fn action(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for entry in REGISTRY {
        let mut player = open(entry, "").0;
        let before = player.digest();
        match player.act(&text) {
            Ok(()) => same_by_link(entry, &*player),
            Err(why) => assert!(!why.is_empty() && player.digest() == before, "{text}: {why}"),
        }
    }
}

/// Any guess: none, or one that can be judged.
fn guess(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let steps = REGISTRY.iter().flat_map(|entry| (entry.lessons)()).flat_map(|lesson| lesson.steps);
    for guess in steps.filter_map(|step| step.ask.as_ref()?.guess) {
        if let Some(value) = (guess.read)(&text) {
            assert!(value.is_finite(), "{text} is read as {value}");
            for truth in [value, 1.0, 150e6] {
                assert!(!(guess.judge)(value, truth).contains("NaN"), "{text}");
                let _ = (guess.sum)(&[(value, truth); 9]);
            }
        }
    }
}

fn sheet(bytes: &[u8]) {
    written("capacity", bytes);
}

fn path(bytes: &[u8]) {
    written("latency", bytes);
}

/// Any text in a calculator: kept as it is, faults within their lines, drawn within its frame.
fn written(slug: &str, bytes: &[u8]) {
    let entry = find(slug).expect("a calculator");
    let mut player = open(entry, "").0;
    let text = String::from_utf8_lossy(bytes).into_owned();
    player.write(&text);
    for _ in 0..3 {
        player.refine();
    }
    let page = player.page();
    assert_eq!(page.text, text);
    assert!(page.notes.len() >= text.lines().count());
    for (line, note) in text.split('\n').zip(&page.notes) {
        if let Some(fault) = &note.fault {
            assert!(fault.from <= fault.to && fault.to <= line.len() + 1, "{fault:?} of {line:?}");
            assert!(!fault.why.is_empty());
        }
        assert!(!note.result.contains("NaN") && !note.range.contains("NaN"), "{line:?}: {note:?}");
    }
    let view = View { focus: player.followable().last().copied(), ..View::sized(360.0, 640.0) };
    inside(&player.scene(&view));
    player.diagram(&view).iter().for_each(inside);
    let _ = (player.table(), player.checks(), player.readouts(), player.charts(), player.describe());
    for study in &mut player.studies() {
        study.step();
        let _ = study.chart();
    }
    same_by_link(entry, &*player);
}

fn read(import: &Import, pieces: &mut dyn Iterator<Item = &[u8]>) -> Imported {
    let mut reader = (import.reader)();
    pieces.for_each(|piece| reader.push(piece));
    reader.finish()
}

/// Any paste or file: read the same whatever pieces it comes in, complaints within its lines, taken over or refused.
fn paste(slug: &str, key: &str, bytes: &[u8]) {
    let (import, entry) = (example(slug, key), find(slug).expect("in the registry"));
    let whole = read(import, &mut std::iter::once(bytes));
    // Pieces of sizes that the bytes themselves say.
    let size = bytes.first().map_or(1, |byte| 1 + usize::from(*byte) % 61);
    let pieced = read(import, &mut bytes.chunks(size));
    assert_eq!((&pieced.summary, &pieced.bad, pieced.more), (&whole.summary, &whole.bad, whole.more));
    assert_eq!(pieced.set, whole.set);
    // UTF-16 has its line ends somewhere in two bytes.
    let lines = bytes.iter().filter(|byte| **byte == b'\n' || **byte == 0).count() as u64 + 1;
    for (line, why) in &whole.bad {
        assert!((1..=lines).contains(line) && !why.is_empty(), "line {line} of {lines}: {why}");
    }
    assert!(!whole.summary.is_empty());
    let (mut player, _) = open(entry, "");
    let mut whole = whole;
    if let Some(inquiry) = &mut whole.inquiry {
        let mut steps = 0;
        while steps < 40 && inquiry.step() {
            assert!((0.0..=1.0).contains(&inquiry.progress()));
            steps += 1;
        }
        inside(&inquiry.scene(360.0));
        assert!(steps == 40 || !inquiry.words().is_empty());
    }
    assert_eq!(player.adopt(whole), []);
    assert!(!player.events().is_empty());
    inside(&player.scene(&View::sized(360.0, 640.0)));
    player.seek(player.end() / 2);
    inside(&player.scene(&View::sized(815.0, 560.0)));
    same_by_link(entry, &*player);
}

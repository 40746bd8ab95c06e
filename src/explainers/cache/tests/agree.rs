//! What is said, drawn and counted of a run agrees.

use super::super::scene;
use super::*;
use crate::explainers::View;

/// What is said of a request, where its messages are, and what the database and the caches have in hand: one story, at
/// every moment.
#[test]
fn a_request_is_where_its_messages_are() {
    let still = "rate=0&warm=0&keys=8&capacity=8&clients=2&";
    let aged = "rate=400&keys=24&capacity=24&writes=5&slots=40&warm=2000&span=300&flight=single";
    let paused = "bound=50&do=1ms:read(1,1);10ms:pause(1,60);30ms:write(2,1);90ms:read(2,1)";
    let links = [
        String::new(),
        "read=through&write=through&span=300".into(),
        format!("write=around&ttl=40&{aged}"),
        format!("write=log&log=20&ttl=200&{aged}"),
        "rate=2000&work=uniform&keys=60&capacity=100&ttl=50&span=200&writes=0&read=through&flight=single&do=1ms:flush"
            .into(),
        format!("{still}{paused}"),
        format!("{still}write=set&do=1ms:write(1,1);2ms:write(2,1);10ms:pause(1,40);100ms:read(2,1)"),
        format!("{still}flight=lease&{paused}"),
    ];
    for link in &links {
        let (params, actions) = params(link);
        let mut world = World::build(&params, 7);
        let mut actions = actions.iter().peekable();
        let (mut open, mut at) = (0, 0);
        while at < 250 * MS {
            at += 317;
            while let Some((when, action)) = actions.next_if(|next| next.0 <= at) {
                world.act(*when, action).expect("can be done");
            }
            world.advance(at);
            for request in world.requests.iter().filter(|request| request.open()) {
                open += 1;
                agrees(&world, request, at);
            }
        }
        assert!(open > 30, "{open} in {link}");
    }
}

fn agrees(world: &World, request: &Request, at: u64) {
    let mine = |message: &Message| message.request == Some(request.id);
    let flying: Vec<&Message> = world.flying(at).filter(|message| mine(message)).collect();
    let jobs = world.db.serving.iter().chain(&world.db.waiting);
    let here = Place::Client(request.client);
    let at_db = jobs.clone().any(|job| mine(&job.message) && job.message.from == here);
    let at_db_for_cache = jobs.clone().any(|job| mine(&job.message) && job.message.from != here);
    let between = |other: fn(&Place) -> bool| {
        flying.iter().any(|it| (it.from == here && other(&it.to)) || (it.to == here && other(&it.from)))
    };
    let with_db = at_db || between(|place| *place == Place::Db);
    let node = world.home(request.key).and_then(|home| world.node(home));
    let loads = node.is_some_and(|node| {
        node.loads.iter().any(|load| load.leader == Some(request.id) || load.waiting.contains(&request.id))
            || node.puts.iter().any(|puts| puts.waiting.contains(&request.id))
    });
    let with_cache = loads || at_db_for_cache || between(|place| matches!(place, Place::Node(_)));
    let unread = world.waits_unread(request);
    let paused = world.clients[usize::from(request.client)].paused.is_some();
    let said = world.state(super::super::request(request.id)).unwrap_or_default();
    let fits = match request.phase {
        Phase::Held => paused,
        Phase::Waiting => !with_db && !with_cache,
        Phase::Database => with_db != unread && !with_cache,
        Phase::Cache | Phase::Mending => with_cache != unread && !with_db,
        Phase::Done => false,
    };
    assert!(fits, "{} {at}: {request:?} {said}; {flying:?}", world.now);
    let words = match request.phase {
        Phase::Held => "held up",
        _ if unread => "its answer waits",
        Phase::Waiting => "waits for a load",
        Phase::Database => "with the database",
        Phase::Mending => "mends",
        _ if request.kind == OpKind::Read && loads => "the cache loads it",
        _ => "with the cache",
    };
    assert!(said.contains(words), "{said} is not {words}");
    assert!(!unread || paused);
}

fn texts(world: &World, at: u64) -> Vec<String> {
    let scene = scene::scene(world, at, &View::sized(815.0, 560.0), &mut scene::Sketch::default());
    let text = |shape: &crate::draw::scene::Shape| match shape {
        crate::draw::scene::Shape::Text { text, .. } => Some(text.clone()),
        _ => None,
    };
    scene.shapes().filter_map(text).collect()
}

#[test]
fn the_card_has_the_hits_of_the_tile() {
    let mut seen = Vec::new();
    for to in [0, 1, 3, 5, 10, 20, 40, 80, 200, 777, 1_000] {
        let world = at("", to * MS);
        let all = CacheStrategies::readouts(&world);
        let tile = &all.iter().find(|readout| readout.key == "hits").expect("a tile").text;
        let card = if tile == "–" { "– hits".to_string() } else { format!("{tile}% hits") };
        assert!(texts(&world, world.now).contains(&card), "{card} at {to} ms");
        seen.push(card);
    }
    assert!(seen[0] == "– hits" && seen.iter().any(|card| card.starts_with("59.")), "{seen:?}");
}

#[test]
fn an_answer_that_waits_for_a_paused_client_is_said_to() {
    let world = at("rate=0&warm=0&keys=8&capacity=8&clients=2&do=1ms:read(1,1);10ms:pause(1,60)", 28 * MS);
    assert!(texts(&world, world.now).iter().any(|text| text == "answer waits"), "{:?}", texts(&world, world.now));
    let world = at("rate=0&warm=0&keys=8&capacity=8&clients=2&do=1ms:read(1,1);10ms:pause(1,60)", 23 * MS);
    assert!(!texts(&world, world.now).iter().any(|text| text == "answer waits"));
}

#[test]
fn hits_and_others_are_told_apart() {
    let world = run("rate=400&keys=100&capacity=60&warm=5000&span=500");
    let s = &world.stats;
    assert_eq!(s.hit_latency.len() as u64, s.hits);
    assert_eq!((s.hit_latency.len() + s.miss_latency.len()) as u64, s.reads - s.failed_reads);
    assert_eq!(readout(&world, "p99-hits"), 2.0);
    assert!(readout(&world, "p99-misses") >= 24.0 && readout(&world, "p99") <= readout(&world, "p99-misses"));
    // Without any cache there are no hits.
    let world = run("read=none&span=200");
    assert!(CacheStrategies::readouts(&world).iter().any(|it| it.key == "p99-hits" && it.value.is_none()));
}

/// What a scan takes from the other reads is a number: much of LRU’s, nothing of S3-FIFO’s.
#[test]
fn a_scan_and_what_it_does_to_others() {
    let hits = |more: &str, key: &str| {
        let rest = "rate=1000&keys=200&capacity=20&writes=0&slots=100&warm=20000&span=2000&flight=single&read=through";
        readout(&run(&format!("{more}&{rest}")), key)
    };
    let world = run("work=scan&rate=400&keys=200&capacity=20&warm=2000&span=500");
    let s = &world.stats;
    let scans = world.requests.iter().filter(|it| it.scan && it.kind == OpKind::Read).count() as u64;
    assert_eq!(s.scan_reads, scans);
    assert!(scans * 10 > s.reads * 4 && scans * 10 < s.reads * 6, "{scans} of {}", s.reads);
    assert!(
        world
            .requests
            .iter()
            .filter(|it| it.scan)
            .zip(world.requests.iter().filter(|it| it.scan).skip(1))
            .all(|(a, b)| b.key == (a.key + 1) % 200)
    );
    let lru = (hits("rule=lru", "hits"), hits("rule=lru&work=scan", "hits-others"));
    let s3 = (hits("rule=s3-fifo", "hits"), hits("rule=s3-fifo&work=scan", "hits-others"));
    assert!(lru.0 > lru.1 + 8.0, "{lru:?}");
    assert!(s3.0 < s3.1 + 3.0 && s3.1 > lru.1 + 20.0, "{s3:?}");
    assert!(CacheStrategies::readouts(&run("span=100")).iter().all(|it| it.key != "hits-others"));
}

/// What Compare begins with is another way to do it, which comes out otherwise.
#[test]
fn compare_begins_with_a_contrast() {
    let other: Vec<String> = CacheStrategies::VERSUS.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let (plain, other) = (run(""), run(&other.join("&")));
    assert!(!other.nodes.is_empty());
    assert!(readout(&plain, "write-mean") > 5.0 * readout(&other, "write-mean"));
}

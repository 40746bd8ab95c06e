//! What each mechanism of the quorum's store does, one short story each.

use moving_parts::explainers::quorum::{
    Action, Data, MessageKind, Op, Outcome, Params, Phase, Quorum, World, story::versions_text,
};
use moving_parts::explainers::{Explainer, Knobs, Verdict};
use moving_parts::link::call;
use moving_parts::sim::MS;

/// Settings in the form of links, and actions with their moments in ms; then on to `until` ms.
fn run(settings: &str, actions: &[(u64, &str)], until: u64) -> World {
    let mut params = Params::new();
    for part in settings.split('&').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').expect("key=value");
        let i = Params::SCHEMA.iter().position(|knob| knob.key == key).unwrap_or_else(|| panic!("no knob {key}"));
        params.set(i, Params::SCHEMA[i].read(value).unwrap_or_else(|why| panic!("{part}: {why:?}")));
    }
    let mut world = Quorum::build(&params, 7, &Data::default());
    for (at, text) in actions {
        Quorum::advance(&mut world, at * MS);
        let action: Action = call::read(text).expect("an action");
        Quorum::act(&mut world, at * MS, &action).unwrap_or_else(|why| panic!("{text}: {why}"));
    }
    Quorum::advance(&mut world, until * MS);
    world
}

fn op(world: &World, number: u32) -> &Op {
    world.op(number - 1).expect("an operation")
}

fn outcome(world: &World, number: u32) -> Outcome {
    op(world, number).outcome.expect("over")
}

fn answer(world: &World, number: u32) -> String {
    assert_eq!(outcome(world, number), Outcome::Ok);
    versions_text(&op(world, number).versions)
}

/// What is on each node's disk under x.
fn disks(world: &World) -> Vec<String> {
    world.nodes.iter().map(|node| versions_text(&node.store[0])).collect()
}

fn hints(world: &World) -> usize {
    world.nodes.iter().map(|node| node.hints.len()).sum()
}

fn broken(world: &World, key: &str) -> bool {
    let check = Quorum::checks(world).into_iter().find(|check| check.key == key).expect("a check");
    check.verdict != Verdict::Holds
}

fn sent(world: &World, number: u32, kind: MessageKind) -> usize {
    op(world, number).messages.iter().filter(|message| message.kind == kind).count()
}

#[test]
fn a_write_goes_to_all_and_waits_for_w() {
    let world = run("", &[(10, "write(1,x)"), (200, "read(2,x)")], 400);
    assert_eq!(answer(&world, 1), "v1");
    assert_eq!(answer(&world, 2), "v1");
    assert_eq!(disks(&world), ["v1", "v1", "v1", "nothing", "nothing"]);
    let write = op(&world, 1);
    assert_eq!((write.needed, write.counted.count_ones(), write.replies.len()), (2, 2, 3));
    assert_eq!(sent(&world, 1, MessageKind::Write), 3);
    let took = write.latency().expect("over");
    assert!((4 * MS..=42 * MS).contains(&took), "{took}");
    // Three W and three A, of which the coordinator's own go over no wire: 2 × 1,088 + 2 × 64 bytes.
    let before = run("", &[(10, "write(1,x)")], 200);
    assert_eq!((before.stats.messages, before.stats.bytes), (4, 2 * 1_088 + 2 * 64));
}

#[test]
fn what_timed_out_may_still_have_happened() {
    let world = run("w=3&r=1", &[(0, "crash(3)"), (10, "write(1,x)"), (200, "read(1,x)")], 400);
    assert_eq!(outcome(&world, 1), Outcome::Timeout);
    assert_eq!(answer(&world, 2), "v1");
    assert_eq!(disks(&world)[..3], ["v1", "v1", "nothing"]);
}

#[test]
fn a_hint_is_handed_over_and_dies_with_its_holder() {
    let story = [(0, "crash(3)"), (10, "write(1,x)"), (150, "restart(3)")];
    let without = run("", &story, 600);
    assert_eq!(disks(&without)[2], "nothing");
    let with = run("hints=on", &story, 600);
    assert_eq!(disks(&with)[2], "v1");
    assert_eq!((hints(&with), with.stats.replays), (0, 1));
    let before = run("hints=on", &story[..2], 120);
    assert_eq!(hints(&before), 1);
    // A hint that nobody can take does not keep the run open.
    assert!(Quorum::settled(&before) < 300 * MS);
    let wiped = run("hints=on", &[(0, "crash(3)"), (10, "write(1,x)"), (120, "wipe(1)"), (150, "restart(3)")], 600);
    assert_eq!(disks(&wiped)[2], "nothing");
    assert!(!broken(&wiped, "durable"));
}

#[test]
fn with_a_failure_detector_too_few_are_refused_at_once() {
    let story = [(0, "crash(2)"), (0, "crash(3)"), (100, "write(1,x)")];
    let world = run("suspect=30", &story, 300);
    assert_eq!(outcome(&world, 1), Outcome::Unavailable);
    assert!(op(&world, 1).latency().expect("over") == 2 * MS);
    assert_eq!(disks(&world)[0], "nothing");
    assert_eq!(outcome(&run("", &story, 300), 1), Outcome::Timeout);
    let sloppy = run("suspect=30&sloppy=on", &story, 300);
    assert_eq!(outcome(&sloppy, 1), Outcome::Ok);
    assert_eq!(disks(&sloppy), ["v1", "nothing", "nothing", "nothing", "nothing"]);
    assert_eq!(hints(&sloppy), 2);
    let back = run("suspect=30&sloppy=on", &[story.as_slice(), &[(400, "restart(2)")]].concat(), 800);
    assert_eq!((disks(&back)[1].as_str(), hints(&back)), ("v1", 1));
}

#[test]
fn a_sloppy_quorum_is_not_a_quorum() {
    let story = [(0, "cut(145)"), (100, "write(1,x)"), (300, "read(2,x)")];
    let strict = run("suspect=30", &story, 600);
    assert_eq!(outcome(&strict, 1), Outcome::Unavailable);
    let sloppy = run("suspect=30&sloppy=on", &story, 600);
    assert_eq!(outcome(&sloppy, 1), Outcome::Ok);
    assert_eq!(answer(&sloppy, 2), "nothing");
    assert!(broken(&sloppy, "overlap") && sloppy.stats.stale == 1);
    let healed = run("suspect=30&sloppy=on", &[story.as_slice(), &[(700, "heal")]].concat(), 1_200);
    assert_eq!(disks(&healed), ["v1", "v1", "v1", "nothing", "nothing"]);
}

#[test]
fn any_is_satisfied_by_a_hint() {
    let story = [(0, "crash(1)"), (0, "crash(2)"), (0, "crash(3)"), (100, "write(4,x)"), (300, "restart(1)")];
    let world = run("suspect=30&wl=any&hints=on&clients=4", &story, 250);
    assert_eq!(outcome(&world, 1), Outcome::Ok);
    assert!(op(&world, 1).counted == 0 && hints(&world) == 3);
    let later = run("suspect=30&wl=any&hints=on&clients=4", &story, 800);
    assert_eq!((disks(&later)[0].as_str(), hints(&later)), ("v1", 2));
}

/// C misses v1, as the link to its coordinator is cut; later it is asked.
const MISSED: &[(u64, &str)] =
    &[(0, "cut-link(1,3)"), (10, "write(1,x)"), (200, "heal"), (210, "via(1,3)"), (220, "read(1,x)")];

#[test]
fn digests_that_differ_are_followed_by_the_versions() {
    let world = run("digest=on&ask=some&nodes=3", MISSED, 600);
    assert_eq!(answer(&world, 2), "v1");
    assert_eq!(sent(&world, 2, MessageKind::DigestRead), 1);
    assert_eq!(sent(&world, 2, MessageKind::Read), 2);
    assert_eq!(disks(&world)[2], "nothing");
    let same = run("digest=on&ask=some&nodes=3", &[(10, "write(1,x)"), (220, "read(1,x)")], 600);
    assert_eq!((sent(&same, 2, MessageKind::DigestRead), sent(&same, 2, MessageKind::Read)), (1, 1));
    // One full answer and one digest come from other nodes or the coordinator itself; the digest has 16 bytes.
    let digest = op(&same, 2).messages.iter().find(|message| message.kind == MessageKind::Digest).expect("a digest");
    assert_eq!(digest.bytes, 64 + 16);
}

#[test]
fn blocking_repair_comes_before_the_answer_and_background_repair_after() {
    let world = run("repair=blocking&ask=some&nodes=3", MISSED, 600);
    let read = op(&world, 2);
    let repair = read.messages.iter().find(|message| message.kind == MessageKind::Repair).expect("a repair");
    assert!(repair.arrives < read.decided.expect("decided"));
    assert_eq!((answer(&world, 2), disks(&world)[2].clone()), ("v1".into(), "v1".into()));
    let world = run("repair=background&ask=some&nodes=3", MISSED, 600);
    let read = op(&world, 2);
    let repair = read.messages.iter().find(|message| message.kind == MessageKind::Repair).expect("a repair");
    assert!(repair.sent >= read.decided.expect("decided"));
    assert_eq!(disks(&world)[2], "v1");
    let off = run("ask=some&nodes=3", MISSED, 600);
    assert_eq!((answer(&off, 2), disks(&off)[2].clone()), ("v1".into(), "nothing".into()));
    assert!(off.stats.repairs == 0);
}

#[test]
fn a_slow_replica_and_speculative_retry() {
    let story = [(0, "slow(2,40)"), (10, "read(1,x)")];
    let waits = run("ask=some&timeout=2000", &story, 3_000);
    let retries = run("ask=some&timeout=2000&spec=45", &story, 3_000);
    let took = |world: &World| op(world, 1).latency().expect("over");
    assert!(took(&waits) > 80 * MS, "{}", took(&waits));
    assert!(took(&retries) < 90 * MS, "{}", took(&retries));
    assert_eq!(op(&retries, 1).asked, 0b111);
}

#[test]
fn clients_find_another_coordinator() {
    let world = run("", &[(0, "crash(1)"), (10, "write(1,x)")], 400);
    assert_eq!((outcome(&world, 1), op(&world, 1).coordinator, op(&world, 1).tried.clone()), (Outcome::Ok, 1, vec![0]));
    // One that crashes after it took the request: the client hears nothing, and what was sent was sent.
    let world = run("r=1", &[(0, "write(1,x)"), (3, "crash(1)"), (200, "read(1,x)")], 500);
    assert_eq!(outcome(&world, 1), Outcome::Timeout);
    assert_eq!(op(&world, 1).phase, Phase::Done);
    assert_eq!((answer(&world, 2), op(&world, 2).coordinator), ("v1".into(), 1));
    let none = run("nodes=3", &[(0, "crash(1)"), (0, "crash(2)"), (0, "crash(3)"), (10, "read(1,x)")], 400);
    assert_eq!(outcome(&none, 1), Outcome::Failed);
}

#[test]
fn a_clock_that_is_ahead_makes_later_writes_disappear() {
    let story = [(10, "write(2,x)"), (100, "write(1,x)"), (200, "read(1,x)")];
    let right = run("", &story, 400);
    assert_eq!((answer(&right, 3), broken(&right, "durable")), ("v2".into(), false));
    let skewed = run("skew=200", &story, 400);
    assert_eq!((outcome(&skewed, 2), answer(&skewed, 3)), (Outcome::Ok, "v1".into()));
    assert!(broken(&skewed, "durable") && broken(&skewed, "linearizable") && !broken(&skewed, "overlap"));
    assert_eq!((skewed.watch.lost, skewed.stats.stale), (1, 1));
}

#[test]
fn concurrent_writes_are_both_kept_by_vector_clocks_and_merged_by_who_saw_them() {
    let story = [(10, "write(1,x)"), (10, "write(2,x)"), (200, "read(1,x)"), (300, "write(1,x)"), (400, "read(2,x)")];
    let lww = run("", &story, 600);
    assert_eq!((answer(&lww, 3), lww.watch.dropped), ("v2".into(), 1));
    let vector = run("resolve=vector", &story, 600);
    assert_eq!((answer(&vector, 3), answer(&vector, 5)), ("v1 | v2".into(), "v3".into()));
    assert_eq!((vector.watch.dropped, vector.watch.lost), (0, 0));
    assert!(broken(&vector, "linearizable") && !broken(&lww, "linearizable"));
}

#[test]
fn lamport_clocks_order_what_is_known_and_nothing_else() {
    // Client 1 has made B's clock run ahead of E's; a client of E that heard nothing of it writes later and loses.
    let story = [
        (0, "write(1,x)"),
        (100, "write(1,x)"),
        (200, "write(1,x)"),
        (300, "via(2,5)"),
        (310, "write(2,x)"),
        (450, "read(1,x)"),
    ];
    let blind = run("resolve=lamport&w=3", &story, 700);
    assert_eq!(answer(&blind, 5), "v3");
    assert!(broken(&blind, "durable"));
    // Had it read before, its clock would have known.
    let mut informed = story.to_vec();
    informed.insert(4, (305, "read(2,x)"));
    informed[5].0 = 400;
    informed[6].0 = 550;
    let world = run("resolve=lamport&w=3", &informed, 800);
    assert_eq!(answer(&world, 6), "v4");
}

#[test]
fn merkle_trees_find_what_differs() {
    let story = [(0, "cut-link(1,3)"), (10, "write(1,x)"), (10, "write(1,y)"), (200, "heal"), (210, "sync(1,3)")];
    let world = run("keys=8&nodes=3", &story, 500);
    assert_eq!((disks(&world)[2].as_str(), world.stats.streamed), ("v1", 2));
    let kinds: Vec<MessageKind> = world.background.iter().map(|message| message.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == MessageKind::Merkle).count(), 1);
    let again = run("keys=8&nodes=3", &[story.as_slice(), &[(400, "sync(1,3)")]].concat(), 700);
    assert_eq!(again.stats.streamed, 2);
    let by_itself = run("keys=8&nodes=3&entropy=50", &story[..4], 3_000);
    assert!(!by_itself.apart() && by_itself.nodes[2].store == by_itself.nodes[0].store);
}

#[test]
fn a_disk_lost_with_the_only_copy() {
    let world = run("n=1&w=1&r=1", &[(10, "write(1,x)"), (100, "wipe(1)"), (200, "read(1,x)")], 400);
    assert_eq!(answer(&world, 3 - 1), "nothing");
    assert!(broken(&world, "durable") && broken(&world, "linearizable"));
    let two = run("", &[(10, "write(1,x)"), (100, "wipe(1)"), (200, "read(1,x)")], 400);
    assert!(answer(&two, 2) == "v1" && !broken(&two, "durable"));
}

#[test]
fn two_data_centres() {
    let took = |level: &str| {
        let settings = format!("dcs=2&nodes=6&n=6&far=100&timeout=500&wl={level}");
        op(&run(&settings, &[(0, "write(1,x)")], 900), 1).latency().expect("over")
    };
    assert!(took("local-quorum") < 60 * MS);
    assert!(took("each-quorum") > 200 * MS && took("all") > 200 * MS);
    let world = run("dcs=2&nodes=6&n=4&wl=local-quorum&rl=local-quorum", &[], 10);
    assert_eq!((world.setup.spread[0], world.needs(), world.overlaps()), ([2, 2], (2, 2), false));
    // Cut apart, each side answers by itself: available, and not consistent.
    let story = [(0, "cut(246)"), (10, "write(1,x)"), (200, "read(2,x)")];
    let local = run("dcs=2&nodes=6&n=6&wl=local-quorum&rl=local-quorum", &story, 500);
    assert_eq!((outcome(&local, 1), answer(&local, 2)), (Outcome::Ok, "nothing".into()));
    assert_eq!(outcome(&run("dcs=2&nodes=6&n=6&wl=each-quorum", &story, 500), 1), Outcome::Timeout);
}

#[test]
fn refusals_say_why() {
    let mut world = run("keys=4", &[(0, "crash(2)")], 10);
    for (text, why) in [
        ("write(3,x)", "there is no client 3: they are numbered 1 to 2"),
        ("read(1,k9)", "there is no key “k9”: they are x to k4"),
        ("crash(2)", "B is down already"),
        ("crash(0)", "there is no node 0: they are numbered 1 to 5"),
        ("restart(1)", "A is up"),
        ("slow(1,0)", "a node is 1 to 100 times as slow, not 0"),
        ("cut(12345)", "a partition has nodes on both sides"),
        ("cut()", "a partition has nodes on both sides"),
        ("cut(1,2)", "“cut” takes 1 value in brackets, not 2"),
        ("heal", "the network is whole"),
        ("cut(9)", "there is no node 9: they are numbered 1 to 5"),
        ("cut(x)", "the nodes of one side were expected, such as 12 or AB"),
        ("sync(1,1)", "anti-entropy is between two nodes"),
        ("sync(1,2)", "B is down"),
        ("cut-link(4,4)", "a link has two ends"),
        ("via(1,1)", "client 1 is beside A already"),
    ] {
        let done = call::read::<Action>(text).and_then(|action| Quorum::act(&mut world, 10 * MS, &action));
        assert_eq!(done, Err(why.to_string()), "{text}");
    }
}

#[test]
fn what_no_number_of_replicas_could_do_is_refused() {
    let world = run("n=2&rl=three", &[(0, "read(1,x)")], 100);
    assert_eq!((outcome(&world, 1), op(&world, 1).asked), (Outcome::Unavailable, 0));
    // x has its only replica at A, in the other data centre than B.
    let world = run("n=1&dcs=2&wl=local-quorum", &[(0, "write(2,x)"), (0, "write(1,x)")], 200);
    assert_eq!((outcome(&world, 1), outcome(&world, 2)), (Outcome::Unavailable, Outcome::Ok));
}

//! What becomes of a described group: the answers beside it, and the run that it becomes.

use super::*;

/// The answer to the question that comes with a group.
fn answer(imported: Imported) -> (String, Box<dyn moving_parts::explainers::Inquiry>) {
    let mut inquiry = imported.inquiry.expect("a question");
    let mut steps = 0;
    while inquiry.step() {
        steps += 1;
        assert!(steps < 1_000_000 && (0.0..=1.0).contains(&inquiry.progress()));
    }
    assert_eq!(inquiry.progress(), 1.0);
    (inquiry.words(), inquiry)
}

/// Figures of one case, as the answer has them.
fn figures(words: &str, case: &str) -> Vec<f64> {
    let (_, rest) = words.split_once(&format!("{case}: ")).expect("the case");
    let (list, _) = rest.split_once(" s.").expect("its end");
    list.split(" / ").map(|text| text.trim_end_matches(" s").replace(',', "").parse().expect("a figure")).collect()
}

#[test]
fn what_becomes_of_the_example() {
    let (words, inquiry) = answer(read(IMPORTS[0].example));
    assert_eq!(words, answer(read(IMPORTS[0].example)).0, "the same paste must have the same answer");
    assert!(words.contains("with range / cooperative-sticky / KIP-848, uniform (as it is first)"), "{words}");
    // Three partitions of a dead consumer wait for the session timeout of 45 s, whatever the protocol.
    for seconds in figures(&words, "billing-a dies") {
        assert!((3.0 * 45.0..3.0 * 45.0 + 30.0).contains(&seconds), "{words}");
    }
    // New partitions wait for new metadata (300 s), but with KIP-848.
    let double = figures(&words, "Twice the partitions");
    assert!(double[0] > 9.0 * 250.0 && double[1] > 9.0 * 250.0 && double[2] < 9.0 * 30.0, "{words}");
    assert!(figures(&words, "A rolling deploy").iter().all(|seconds| *seconds > 1.0), "{words}");
    for width in [280.0, 336.0, 720.0, 1_000.0] {
        let scene = inquiry.scene(width);
        for shape in scene.shapes() {
            if let Shape::Text { x, size, weight, face, text, .. } = shape {
                let right = x + text_width(text, *size, *weight, *face);
                assert!(*size >= 12.0 && right <= scene.width && *x >= 0.0, "“{text}” ends at {right} of {width}");
            }
        }
        assert!(scene.hits().all(|(_, hit)| hit.label.contains(" s") || hit.label.contains("not possible")));
    }
}

#[test]
fn a_run_begins_with_who_has_what_and_how_far_it_is() {
    // Nobody would deal partitions like this.
    let text = offsets(&[
        ("orders", 0, "500", "509", A),
        ("orders", 1, "7", "9", A),
        ("orders", 2, "-", "40", A),
        ("orders", 3, "40", "30", B),
    ]);
    let data = Data { group: Some(group(&text)) };
    for assignor in 0..6 {
        let mut world = World::build(&Params { assignor, ..Params::new() }, 7, &data);
        let readers: Vec<Holder> = world.partitions.iter().map(|part| part.holder()).collect();
        let [a, b] = [0, 1].map(Holder::Reads);
        assert_eq!(readers, [a, a, a, b], "{assignor}");
        let committed: Vec<Option<u64>> = world.partitions.iter().map(|part| part.committed).collect();
        assert_eq!(committed, [Some(500), Some(7), None, None]);
        assert_eq!((world.partitions[0].lag(), world.partitions[1].lag()), (9, 2));
        // It stays so while nothing happens, and what is behind is read.
        world.advance(20_000_000);
        assert_eq!(world.rebalances.len(), 0, "{assignor}");
        assert!(world.partitions[0].committed >= Some(509), "{:?}", world.partitions[0].committed);
        // Then the sticky ones even it out with one move, as they must.
        world.act(20_000_000, &Action::Join).expect("a third one");
        world.advance(60_000_000);
        let after: Vec<Holder> = world.partitions.iter().map(|part| part.holder()).collect();
        assert!(after.iter().all(|holder| matches!(holder, Holder::Reads(_))), "{assignor}: {after:?}");
        let moved = readers.iter().zip(&after).filter(|(before, after)| before != after).count();
        assert!(!(2..=3).contains(&assignor) || moved == 1, "{assignor}: {after:?}");
        assert!(world.checks().iter().all(|check| check.verdict == Verdict::Holds), "{:?}", world.checks());
    }
}

#[test]
fn an_empty_group_has_nobody_until_somebody_joins() {
    let data = Data { group: Some(group(&offsets(&[("orders", 0, "5", "9", "-"), ("orders", 1, "5", "9", "-")]))) };
    for assignor in [0, 3, 4] {
        let mut world = World::build(&Params { assignor, ..Params::new() }, 7, &data);
        assert!(world.consumers.is_empty());
        world.advance(1_000_000);
        world.act(1_000_000, &Action::Join).expect("the first");
        world.advance(20_000_000);
        assert!(world.partitions.iter().all(|part| part.holder() == Holder::Reads(0)), "{assignor}");
    }
}

#[test]
fn what_does_not_fit_a_link_is_said() {
    let mut text = offsets(&[]);
    for i in 0..500 {
        text += &format!("shop orders {i} 1 2 1 c-{}-{} /10.0.0.1 c-{}\n", i % 100, &A[9..], i % 100);
    }
    let (mut run, _) = session(&Link { slug: "kafka".into(), ..Link::default() });
    assert!(run.adopt(read(&text)).is_empty());
    assert_eq!(run.left_out().as_deref(), Some("your group (100 members, 500 partitions)"));
    let (_, bad) = session(&link::parse(&link::write(&run.link())).0);
    assert_eq!(bad.iter().map(|bad| &*bad.part).collect::<Vec<_>>(), ["Your data"]);
    assert!(run.describe().contains("500 partitions and 100 running consumers"), "{}", run.describe());
    // Which topics there are, and nothing of a group: as many consumers as set.
    assert!(run.adopt(read("Topic: orders\tPartitionCount: 4\n")).is_empty());
    assert!(run.describe().contains("4 partitions and 3 running consumers"), "{}", run.describe());
    assert!(run.studies().is_empty());
}

#[test]
fn static_members_come_back_without_a_rebalance() {
    let mut text = IMPORTS[0].example.to_string();
    text += "\nGROUP CONSUMER-ID GROUP-INSTANCE-ID HOST CLIENT-ID #PARTITIONS\n";
    for (letter, uuid) in [
        ("a", "6f1d2c0e-8f0b-4c55-9a35-0d5e7a1b2c3d"),
        ("b", "0b7e9d14-35ac-47d2-8e61-f2a90c4d7b18"),
        ("c", "c94a5f03-7d2e-4b86-a1f0-58e3d6b7029a"),
    ] {
        text += &format!("billing billing-{letter}-{uuid} node-{letter} /10.1.0.1 billing-{letter} 3\n");
    }
    let imported = read(&text);
    assert_eq!(set(&imported, "static"), Some("on"));
    let (words, inquiry) = answer(imported);
    let scene = inquiry.scene(400.0);
    let deploy = |name: &str| {
        scene.hits().any(|(_, hit)| {
            hit.label.starts_with(&format!("A rolling deploy, {name}"))
                && hit.label.contains("0 partitions changed readers, in 0 rebalances")
        })
    };
    assert!(deploy("range") && deploy("cooperative-sticky"), "{words}");
    // Nine partitions wait for the process that is away: 4 s each, and a little.
    let range = figures(&words, "A rolling deploy")[0];
    assert!((9.0 * 4.0..9.0 * 10.0).contains(&range), "{words}");
}

fn session(link: &Link) -> (Session<Explained>, Vec<Complaint>) {
    Session::open(link)
}

#[test]
fn a_group_that_is_taken_over_is_the_run_s() {
    let imported = read(IMPORTS[0].example);
    let (mut run, bad) = session(&Link { slug: "kafka".into(), ..Link::default() });
    assert!(bad.is_empty() && run.studies().is_empty() && !run.own_data());
    assert!(run.adopt(imported).is_empty() && run.own_data() && run.left_out().is_none());
    assert_eq!(run.studies().len(), 1);
    let text = link::write(&run.link());
    assert!(text.len() < 1_500, "{text}");
    let (mut copy, bad) = session(&link::parse(&text).0);
    assert!(bad.is_empty(), "{bad:?}");
    assert_eq!(copy.digest(), run.digest());
    run.seek(3_000_000);
    copy.seek(3_000_000);
    assert_eq!((run.act("crash(1)"), copy.act("crash(1)")), (Ok(()), Ok(())));
    run.seek(run.end());
    copy.seek(copy.end());
    assert_eq!(copy.digest(), run.digest());
    // What is computed beside it says the same as the dialog did, and goes on where another has been.
    let mut study = run.studies().remove(0);
    while study.step() {}
    let mut other = copy.studies().remove(0);
    assert_eq!(other.key(), study.key());
    other.resume(&study.found());
    assert_eq!((other.progress(), other.chart()), (1.0, study.chart()));
    assert!(!other.step());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_group_runs(group in described(), assignor in 0usize..6, act in prop::sample::select(vec!["crash(1)", "join", "deploy", "leave(1)", "fail(1)"])) {
        let data = Data { group: Some(group.into()) };
        let (parts, _) = import::parts(&data);
        let group = data.group.expect("there");
        let parts = parts.into_iter().map(|(key, value)| (key.to_string(), value));
        let assignors = ["range", "roundrobin", "sticky", "cooperative-sticky", "uniform", "server-range"];
        let parts = parts.chain([("assignor".into(), assignors[assignor].into()), ("span".into(), "5".into())]).collect();
        let (mut run, bad) = session(&Link { slug: "kafka".into(), parts, ..Link::default() });
        prop_assert!(bad.is_empty(), "{bad:?}");
        let params = Params { assignor: assignor as i64, span: 5, ..Params::new() };
        let world = World::build(&params, 7, &Data { group: Some(group.clone()) });
        prop_assert_eq!(world.consumers.len(), group.members.len());
        for ((_, _, told), part) in print::all(&group).zip(&world.partitions) {
            // What is committed beyond the end is out of range.
            let end = told.end.or(told.committed).unwrap_or(0);
            prop_assert_eq!((part.committed, part.base), (told.committed.filter(|at| *at <= end), end));
            if let Some(owner) = told.owner {
                let steady = world.consumers[owner].phase == Phase::Steady;
                let subscribed = world.consumers[owner].topics.contains(&part.tp.topic);
                prop_assert!(!steady || !subscribed || part.holder() == Holder::Reads(owner as u16), "{:?}", part.holder());
            }
        }
        run.seek(1_000_000);
        let _ = run.act(act);
        run.seek(run.end());
        prop_assert!(!run.describe().is_empty());
        prop_assert!(run.scene(&View::sized(360.0, 640.0)).shapes().count() > 0);
    }
}

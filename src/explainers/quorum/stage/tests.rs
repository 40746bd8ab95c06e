//! Tests of the pictures: everything is in its frame and apart from each other, in any world and at any size.

use super::super::*;
use super::{Cast, Stage};
use crate::draw::scene::{Shape, Stroke, Token};
use crate::link;
use proptest::prelude::*;

fn open(query: &str) -> Box<dyn Player> {
    let (link, bad) = link::parse(&format!("#/quorum?{query}"));
    assert!(bad.is_empty(), "{query}: {bad:?}");
    let (player, bad) = (find("quorum").expect("registered").open)(&link);
    assert!(bad.is_empty(), "{query}: {bad:?}");
    player
}

/// Left, top, right, bottom.
type Bounds = (f32, f32, f32, f32);

fn inside(scene: &Scene) -> Result<(), TestCaseError> {
    let mut texts: Vec<(&str, Bounds)> = Vec::new();
    for shape in scene.shapes() {
        let (x0, y0, x1, y1) = shape.bounds();
        let fits = x0 >= -0.5 && y0 >= -0.5 && x1 <= scene.width + 0.5 && y1 <= scene.height + 0.5;
        prop_assert!(fits, "{:?} leaves the {} × {} frame", shape, scene.width, scene.height);
        let Shape::Text { text, size, .. } = shape else { continue };
        prop_assert!(*size >= 12.0, "“{}” is too small", text);
        for (other, b) in &texts {
            let (across, down) = (x1.min(b.2) - x0.max(b.0), y1.min(b.3) - y0.max(b.1));
            prop_assert!(
                across < 1.0 || down < 2.0,
                "“{}” lies on “{}”, {} × {}",
                text,
                other,
                scene.width,
                scene.height
            );
        }
        texts.push((text, shape.bounds()));
    }
    Ok(())
}

const SIZES: [(f32, f32); 6] =
    [(320.0, 640.0), (360.0, 420.0), (360.0, 640.0), (560.0, 420.0), (860.0, 560.0), (1_200.0, 760.0)];

/// A run as a reader would make it: settings, and offers taken every few ms.
fn wander(knobs: &[(u8, u16)], acts: &[(u8, u16)]) -> Box<dyn Player> {
    let mut player = open("");
    for (which, value) in knobs {
        let schema = player.schema();
        let which = usize::from(*which) % schema.len();
        let (min, max) = schema[which].range();
        let max = max.min(min + 60);
        player.set_knob(which, min + i64::from(*value) % (max - min + 1));
    }
    for (wait, pick) in acts {
        let offers = player.offers();
        let act = offers[usize::from(*pick) % offers.len()].act.clone();
        player.seek(player.now() + u64::from(*wait) * 200);
        let _ = player.act(&act);
    }
    player
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn pictures_keep_their_frame_and_their_words_apart(
        knobs in prop::collection::vec((any::<u8>(), any::<u16>()), 0..8),
        acts in prop::collection::vec((any::<u8>(), any::<u16>()), 0..14),
        then in 0u64..60_000,
        pick in any::<u16>(),
    ) {
        let mut player = wander(&knobs, &acts);
        player.seek(player.now() + then);
        let all = player.followable();
        for (width, height) in SIZES {
            for focus in [None, all.get(usize::from(pick) % all.len()).copied()] {
                let view = View { focus, ..View::sized(width, height) };
                let scene = player.scene(&view);
                prop_assert!(scene.width <= width.max(300.0) && scene.height <= height);
                inside(&scene)?;
                if let Some(diagram) = player.diagram(&view) {
                    prop_assert!(diagram.height <= height);
                    inside(&diagram)?;
                }
            }
        }
    }

    #[test]
    fn no_two_boxes_touch(
        nodes in 3usize..=9, dcs in 1usize..=2, homes in prop::collection::vec(any::<u8>(), 1..=8), text in 12.0f32..22.0,
    ) {
        let homes: Vec<NodeId> = homes.into_iter().map(|home| home % nodes as u8).collect();
        let words = vec!["Key k12".to_string(), "N\u{a0}=\u{a0}7, W\u{a0}=\u{a0}LOCAL_QUORUM\u{a0}(4), R\u{a0}=\u{a0}4".into(),
            "R + W > N: stand-ins count, so a read can miss a write".into()];
        let cast = Cast { nodes, dcs, homes, words };
        for (width, height) in SIZES {
            let text = if width < 700.0 { 13.0 } else { text };
            let view = View { text, ..View::sized(width, height) };
            let stage = Stage::new(&cast, &view);
            let boxes: Vec<_> = stage.nodes.iter().chain(&stage.clients).collect();
            for (i, a) in boxes.iter().enumerate() {
                prop_assert!(a.w >= 24.0 && a.h >= 24.0);
                prop_assert!(a.x >= 0.0 && a.y >= 0.0 && a.x + a.w <= stage.w && a.y + a.h <= stage.h, "{:?}", a);
                prop_assert!(boxes[..i].iter().all(|b| !a.touches(b, 1.0)), "{:?} {} × {}", a, width, height);
                prop_assert!(!a.touches(&stage.middle, 0.0), "{:?} on the words, {} × {}", a, width, height);
            }
            // A line is drawn on what was laid out: the same again for the size it took.
            prop_assert_eq!(&stage, &Stage::new(&cast, &View { text, ..View::sized(stage.w, stage.h) }));
        }
    }
}

/// Found by a long walk: “1000 ms” had no room beside the axis.
#[test]
fn an_axis_has_room_for_its_words() {
    for (timeout, longest) in [(150, "150 ms"), (1_000, "1,000 ms"), (2_000, "2,000 ms")] {
        let mut player = open(&format!("timeout={timeout}&suspect=0&w=3&do=1ms:crash(2);2ms:crash(3);3ms:write(1,x)"));
        player.seek(player.now() + 3 * timeout * 1_000);
        let mut words = Vec::new();
        for (size, text) in SIZES.into_iter().flat_map(|size| [11.0, 13.0, 22.0, 40.0].map(|text| (size, text))) {
            let view = View { text, ..View::sized(size.0, size.1) };
            let diagram = player.diagram(&view).expect("a write");
            for shape in diagram.shapes() {
                let Shape::Text { text, .. } = shape else { continue };
                if text.ends_with(" ms") {
                    let left = shape.bounds().0;
                    assert!(left >= 2.0, "“{text}” begins at {left}, {size:?}");
                    words.push(text.clone());
                }
            }
        }
        assert!(words.iter().any(|text| text == longest), "{words:?}");
    }
}

#[test]
fn a_line_across_cuts_off_what_is_behind_it() {
    let mut player = open("clients=1");
    let view = View::sized(860.0, 560.0);
    let scene = player.scene(&view);
    let (w, h) = (scene.width, scene.height);
    let world = World::build(&<Params as Knobs>::new(), 1, &Data::default());
    let stage = Stage::new(&scene::cast(&world, 0), &view);
    // Below A and above all others.
    let (a, b) = (stage.nodes[0].middle().1, stage.nodes[1].middle().1);
    let y = (a + b) / 2.0;
    let cut = player.stroke(&View::sized(w, h), (w * 0.45, y), (w * 0.55, y));
    assert_eq!(cut.as_deref(), Some("cut(1)"));
    let right = player.stroke(&View::sized(w, h), (w * 0.51, 10.0), (w * 0.51, h - 10.0));
    assert_eq!(right.as_deref(), Some("cut(23)"), "B and C are on the right");
    player.act(&cut.expect("a cut")).expect("can be done");
    assert_eq!(player.stroke(&View::sized(w, h), (0.0, 2.0), (w, 2.0)), None);
    assert_eq!(player.stroke(&View::sized(w, h), (5.0, 5.0), (5.0, 5.0)), None);
}

#[test]
fn the_still_layer_changes_only_when_something_does() {
    let mut player = open("do=1ms:write(1,x)");
    let view = View::sized(860.0, 560.0);
    let mut at = |ms: u64| {
        player.seek(ms * 100);
        player.scene(&view).base.revision
    };
    // The request is under way from 1 to 2 ms: the client waits, and nothing else stands differently.
    assert_eq!(at(12), at(18));
    assert_ne!(at(5), at(12));
}

#[test]
fn a_message_is_found_by_its_subject() {
    let mut player = open("do=1ms:write(1,x)");
    player.seek(5_000);
    let view = View::sized(860.0, 560.0);
    let on = |scene: &Scene| -> Vec<Subject> {
        scene.hits().filter_map(|(_, hit)| hit.subject).filter(|subject| subject.kind == "message").collect()
    };
    let flying = on(&player.scene(&view));
    let drawn = on(&player.diagram(&view).expect("there is an operation"));
    assert_eq!(flying.len(), 3, "W to three replicas");
    assert!(flying.iter().all(|subject| drawn.contains(subject) && player.name(*subject).is_some()));
    let lit = View { focus: Some(flying[0]), ..view.clone() };
    assert_ne!(player.diagram(&lit).expect("one").live, player.diagram(&view).expect("one").live);
}

/// Not virtual: how long drawing takes.
#[allow(clippy::disallowed_types, clippy::disallowed_methods)]
fn clock() -> std::time::Instant {
    std::time::Instant::now()
}

#[test]
fn a_full_frame_is_quick() {
    let mut player = open("nodes=9&n=7&clients=8&load=500&span=400");
    player.seek(200_000);
    let view = View::sized(1_200.0, 760.0);
    player.scene(&view);
    let before = clock();
    for _ in 0..50 {
        player.scene(&view);
    }
    let took = before.elapsed().as_micros() / 50;
    assert!(took < 20_000, "{took} µs for a frame");
    println!("{took} µs for a frame");
}

/// The clients that are lit with a subject.
fn lit_clients(player: &mut Box<dyn Player>, word: &str) -> Vec<u32> {
    let focus = player.subject(word);
    assert!(focus.is_some(), "{word}");
    let scene = player.scene(&View { focus, ..View::sized(860.0, 560.0) });
    let strong = Some(Stroke::new(Token::Ink, 2.4));
    let lit = scene.hits().filter(|(shape, _)| matches!(shape, Shape::Rect { stroke, .. } if *stroke == strong));
    let mut ids: Vec<u32> = lit
        .filter_map(|(_, hit)| hit.subject.filter(|subject| subject.kind == "client").map(|subject| subject.id))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[test]
fn what_a_counterexample_names_is_lit_with_its_check() {
    let (mut broken, mut several) = (0, 0);
    for lesson in Quorum::lessons() {
        for step in lesson.steps {
            let mut player = open(step.state);
            player.seek(step.end());
            for (i, check) in player.checks().into_iter().enumerate() {
                let check_word = format!("check-{}", i + 1);
                let Verdict::Broken(_, why) = check.verdict else {
                    assert_eq!(
                        lit_clients(&mut player, &check_word),
                        Vec::<u32>::new(),
                        "{}: nothing is broken",
                        check.key
                    );
                    continue;
                };
                let named = why.split("](").skip(1).filter_map(|rest| rest.split(')').next());
                let words: Vec<&str> = named.filter(|word| word.starts_with("op-")).collect();
                let mut each: Vec<u32> = words.iter().flat_map(|word| lit_clients(&mut player, word)).collect();
                each.sort_unstable();
                each.dedup();
                assert_eq!(lit_clients(&mut player, &check_word), each, "{} {}: {why}", lesson.slug, check.key);
                broken += usize::from(!each.is_empty());
                several += usize::from(each.len() > 1);
            }
        }
    }
    assert!(broken > 5 && several > 2, "{broken} broken checks, {several} of several clients");
}

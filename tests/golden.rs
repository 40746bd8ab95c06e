//! Every step of every lesson as a picture, held against the one that was last looked at and found good.
//! `UPDATE_GOLDEN=1 cargo test --no-default-features --test golden` takes the new ones; look at them before committing.

use moving_parts::draw::scene::{Cloud, Layer, Scene};
use moving_parts::draw::svg::svg;
use moving_parts::draw::theme::Theme;
use moving_parts::explainers::{Player, REGISTRY, Step, View};
use moving_parts::link;
use moving_parts::sim::digest;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Where a step leads.
fn show(player: &mut dyn Player, step: &Step) {
    player.seek(step.end().max(player.now()));
}

/// Thousands of points say little to a reader of diffs: their number and a digest stand for them.
fn without_clouds(scene: &Scene) -> (Scene, String) {
    let mut notes = String::new();
    let mut plain = |layer: &Rc<Layer>| {
        let Some(Cloud { xy, ink, size, .. }) = &layer.cloud else { return layer.clone() };
        let tenths: Vec<i32> = xy.iter().map(|v| (v * 10.0).round() as i32).collect();
        let _ = writeln!(notes, "<!-- cloud: {} points of {size}, {:016x} -->", ink.len(), digest(&(tenths, &**ink)));
        Rc::new(Layer { cloud: None, ..Layer::clone(layer) })
    };
    let base = plain(&scene.base);
    let live = Rc::unwrap_or_clone(plain(&Rc::new(scene.live.clone())));
    (Scene { width: scene.width, height: scene.height, base, live, picks: scene.picks.clone() }, notes)
}

#[test]
fn every_step_looks_as_it_did() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    let mut known: Vec<PathBuf> = Vec::new();
    for entry in REGISTRY {
        let folder = PathBuf::from("golden").join(entry.meta.slug);
        for lesson in (entry.lessons)() {
            for (i, step) in lesson.steps.iter().enumerate() {
                let (link, _) = link::parse(&format!("#/{}?{}", entry.meta.slug, step.state));
                let (mut player, _) = (entry.open)(&link);
                show(&mut *player, step);
                let view = View { follow: player.follow(), ..View::sized(815.0, 560.0) };
                let title = format!("{}: {}", lesson.title, step.title);
                let diagram = player.diagram(&View { width: 480.0, ..view.clone() });
                let pictures = [(Some(player.scene(&view)), ""), (diagram, "-diagram")];
                for (scene, kind) in pictures.into_iter().filter_map(|(scene, kind)| Some((scene?, kind))) {
                    let (scene, notes) = without_clouds(&scene);
                    let text = svg(&scene, Theme::Light, &title) + &notes;
                    let name = folder.join(format!("{}-{}{kind}.svg", lesson.slug, i + 1));
                    let golden = root.join("tests").join(&name);
                    known.push(golden.clone());
                    let seen = fs::read_to_string(&golden).unwrap_or_default();
                    // A checkout may have changed the ends of lines.
                    if seen.replace("\r\n", "\n") == text {
                        continue;
                    }
                    let to = if update { golden } else { root.join("target").join(&name) };
                    fs::create_dir_all(to.parent().expect("a folder")).expect("a folder to write to");
                    fs::write(&to, text).expect("a file to write to");
                    wrong.push(name.display().to_string());
                }
            }
        }
        let there = fs::read_dir(root.join("tests").join(&folder)).into_iter().flatten().flatten();
        let stale: Vec<PathBuf> = there.map(|file| file.path()).filter(|path| !known.contains(path)).collect();
        if update {
            stale.iter().for_each(|path| fs::remove_file(path).expect("a file of this test's"));
        } else {
            assert!(stale.is_empty(), "no lesson has these any more: {stale:?}");
        }
    }
    assert!(
        update || wrong.is_empty(),
        "{} pictures are not as in tests/golden; the new ones are in target/golden. Look at them; if they are right, \
         run again with UPDATE_GOLDEN=1.\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

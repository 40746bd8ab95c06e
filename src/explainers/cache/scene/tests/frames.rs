//! How much of the pictures changes from frame to frame: what a page has to paint.

use crate::draw::change::{between, size};
use crate::draw::scene::{Layer, Scene};
use crate::explainers::{View, find};
use crate::link;

/// Of a picture, over some frames: shapes that differ, and the part of its area that is painted anew.
#[derive(Debug, Default)]
struct Cost {
    frames: f64,
    shapes: f64,
    area: f64,
    bases: f64,
}

fn differ(a: &Layer, b: &Layer) -> usize {
    a.items.iter().filter(|item| !b.items.iter().any(|other| other.shape == item.shape)).count()
}

impl Cost {
    fn add(&mut self, before: &Scene, after: &Scene) {
        self.frames += 1.0;
        self.shapes += differ(&after.live, &before.live) as f64;
        self.bases += f64::from(u8::from(before.base.revision != after.base.revision));
        let whole = after.width * after.height;
        let areas = between(&before.live, &after.live).areas.map(|all| all.into_iter().map(size).sum::<f32>());
        self.area += f64::from((areas.unwrap_or(whole) / whole).min(1.0));
    }
    fn said(&self) -> String {
        let n = self.frames.max(1.0);
        format!("{:.1} shapes, {:.3} of the area, {} bases", self.shapes / n, self.area / n, self.bases)
    }
}

/// The stage's and the strip's, 60 frames a second for so many seconds.
fn costs(query: &str, from: u64, seconds: u64, width: f32) -> (Cost, Cost) {
    let (link, _) = link::parse(query);
    let (mut player, _) = (find(&link.slug).expect("an explainer").open)(&link);
    let view = View::sized(width, 560.0);
    let pace = player.meta().pace;
    let (mut stage, mut strip) = (Cost::default(), Cost::default());
    let mut last = None;
    for frame in 0..seconds * 60 {
        player.seek(from + frame * pace / 60);
        let now = (player.scene(&view), player.diagram(&view));
        if let Some((before, below)) = &last {
            stage.add(before, &now.0);
            if let (Some(below), Some(now)) = (below, &now.1) {
                strip.add(below, now);
            }
        }
        last = Some(now);
    }
    (stage, strip)
}

/// It is the traces of what has gone by that would be painted all the time, if each faded by itself, and what goes on
/// in the strip, if it grew as a whole: a quarter of the stage and a seventh of the strip in every frame.
#[test]
fn little_changes_from_frame_to_frame() {
    for width in [360.0, 815.0, 1_240.0] {
        let (stage, strip) = costs("#/cache", 100_000, 20, width);
        let said = format!("at {width}: stage {}; strip {}", stage.said(), strip.said());
        assert!(stage.shapes / stage.frames < 12.0 && stage.area / stage.frames < 0.05, "{said}");
        assert!(strip.shapes / strip.frames < 9.0 && strip.area / strip.frames < 0.03, "{said}");
        assert_eq!((stage.bases, strip.bases), (0.0, 0.0), "{said}");
    }
}

/// Until the moment that is told, the stage looks the same; and that is not always now.
#[test]
fn a_still_stage_is_still() {
    let mut still = 0;
    for query in
        ["rate=30&writes=20", "rate=30&flight=lease&ttl=0", "rate=60&write=back&read=through", "rate=20&rule=arc"]
    {
        let (link, _) = link::parse(&format!("#/cache?{query}"));
        let (mut player, _) = (find(&link.slug).expect("an explainer").open)(&link);
        let view = View::sized(815.0, 560.0);
        for at in (0..600_000u64).step_by(1_733) {
            player.seek(at);
            let until = player.still_until();
            if until <= at + 1 || until > 700_000 {
                continue;
            }
            let before = player.scene(&view);
            player.seek(until - 1);
            let after = player.scene(&view);
            assert_eq!(before.base.revision, after.base.revision);
            let changed = between(&before.live, &after.live).areas;
            assert_eq!(changed, Some(Vec::new()), "{query}: {at} to {until}");
            still += 1;
        }
    }
    assert!(still > 100, "{still}");
}

//! Each explainer's first picture as SVG, for its card in the gallery.

use moving_parts::draw::scene::{Layer, Scene, Shape};
use moving_parts::draw::svg::svg;
use moving_parts::draw::theme::Theme;
use moving_parts::explainers::{REGISTRY, View};
use moving_parts::link::Link;
use std::path::Path;
use std::rc::Rc;
use std::{fs, io};

/// `DIR/<slug>-light.svg` and `DIR/<slug>-dark.svg`.
pub fn write(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    for entry in REGISTRY {
        let meta = entry.meta;
        let (mut player, _) = (entry.open)(&Link { slug: meta.slug.into(), ..Link::default() });
        let scene = light(player.scene(&View::sized(640.0, 420.0)));
        for (theme, name) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
            fs::write(dir.join(format!("{}-{name}.svg", meta.slug)), svg(&scene, theme, &player.describe()))?;
        }
    }
    Ok(())
}

/// The same to the eye, and a third less to load: dots on whole pixels, each once, in an order that compresses.
fn light(mut scene: Scene) -> Scene {
    let whole = |layer: &mut Layer| {
        for item in &mut layer.items {
            if let Shape::Dots { at, .. } = &mut item.shape {
                let mut places: Vec<(i32, i32)> =
                    at.iter().map(|(x, y)| (y.round() as i32, x.round() as i32)).collect();
                places.sort_unstable();
                places.dedup();
                *at = places.into_iter().map(|(y, x)| (x as f32, y as f32)).collect();
            }
        }
    };
    whole(Rc::make_mut(&mut scene.base));
    whole(&mut scene.live);
    scene
}

/// A moment's pictures, one under the other.
pub fn draw(fragment: &str, width: f32, height: f32, dark: bool) -> String {
    let (link, _) = moving_parts::link::parse(fragment);
    let Some(entry) = moving_parts::explainers::find(&link.slug) else { return String::new() };
    let (mut player, _) = (entry.open)(&link);
    let theme = if dark { Theme::Dark } else { Theme::Light };
    let view = View { follow: player.follow(), ..View::sized(width, height) };
    let diagram = player.diagram(&View { width: width * 0.7, ..view.clone() });
    let mut out = svg(&player.scene(&view), theme, &player.describe());
    out.extend(diagram.map(|scene| svg(&scene, theme, "")));
    out
}

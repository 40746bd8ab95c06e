//! First pictures as SVG: for the gallery, link previews and print.

use moving_parts::draw::svg::svg;
use moving_parts::draw::theme::Theme;
use moving_parts::explainers::{REGISTRY, View};
use moving_parts::link::{self, Link};
use std::path::Path;
use std::{fs, io};

/// `DIR/<slug>.svg` for each explainer, `DIR/<slug>/<lesson>-<n>.svg` for each step of its lessons.
pub fn write(dir: &Path) -> io::Result<()> {
    let one = |entry: &moving_parts::explainers::Entry, link: &Link, title: &str, to: &Path| {
        let (mut player, _) = (entry.open)(link);
        let view = View { follow: player.follow(), ..View::sized(815.0, 560.0) };
        fs::write(to, svg(&player.scene(&view), Theme::Light, title))
    };
    for entry in REGISTRY {
        let meta = entry.meta;
        let folder = dir.join(meta.slug);
        fs::create_dir_all(&folder)?;
        let plain = Link { slug: meta.slug.into(), ..Link::default() };
        one(entry, &plain, meta.title, &dir.join(format!("{}.svg", meta.slug)))?;
        for lesson in (entry.lessons)() {
            for (i, step) in lesson.steps.iter().enumerate() {
                let (link, _) = link::parse(&format!("#/{}?{}", meta.slug, step.state));
                let to = folder.join(format!("{}-{}.svg", lesson.slug, i + 1));
                one(entry, &link, &format!("{}: {}", lesson.title, step.title), &to)?;
            }
        }
    }
    Ok(())
}

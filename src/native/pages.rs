//! A page for each explainer, for whoever runs no scripts: crawlers, link previews, text browsers. The app starts in
//! it as it does in index.html, of which it is a copy with words of its own.

use moving_parts::draw::chart::{self, Chart};
use moving_parts::draw::svg::svg;
use moving_parts::draw::theme::Theme;
use moving_parts::explainers::handout;
use moving_parts::explainers::{Entry, REGISTRY, Step};
use std::fmt::Write;
use std::path::Path;
use std::{fs, io};

/// What one of the pages says of itself.
struct Words<'a> {
    title: &'a str,
    claim: &'a str,
    /// Its own file; empty: the folder.
    file: &'a str,
    /// Its picture for link previews, in `cards/`.
    card: &'a str,
    /// What the picture shows, in words.
    alt: &'a str,
}

/// `index.html`, `SLUG.html` and, where the address is known, `oembed/SLUG.json`, in `dir`. `url` ends with a slash, or
/// is empty: then addresses are relative.
pub fn write(index: &Path, dir: &Path, url: &str) -> io::Result<()> {
    let index = fs::read_to_string(index)?;
    let home = Words {
        title: "Moving Parts",
        claim: "Distributed systems explained by running the real algorithms in your browser.",
        file: "",
        card: "moving-parts",
        alt: "Six explainers of distributed systems",
    };
    let needs =
        "<p>The pictures run in your browser, so they need JavaScript. Nothing you enter leaves the page.</p>\n";
    let list = format!("<main class=\"plain\">\n<h1>Moving Parts</h1>\n{needs}{}</main>", list(None));
    fs::write(dir.join("index.html"), page(&index, &home, url, "", &list)?)?;
    for entry in REGISTRY {
        let meta = entry.meta;
        let (title, file) = (format!("{} · Moving Parts", meta.title), format!("{}.html", meta.slug));
        let words = Words { title: &title, claim: meta.claim, file: &file, card: meta.slug, alt: meta.question };
        let known = format!(" data-explainer=\"{}\"", meta.slug);
        let mut charts = Vec::new();
        fs::write(dir.join(&file), page(&index, &words, url, &known, &body(entry, needs, &mut charts))?)?;
        fs::create_dir_all(dir.join("charts"))?;
        for (name, text) in charts {
            fs::write(dir.join("charts").join(name), text)?;
        }
        if !url.is_empty() {
            fs::create_dir_all(dir.join("oembed"))?;
            fs::write(dir.join(format!("oembed/{}.json", meta.slug)), oembed(entry, url))?;
        }
    }
    Ok(())
}

fn page(index: &str, words: &Words, url: &str, known: &str, body: &str) -> io::Result<String> {
    let index = index.replacen("<html lang=\"en\">", &format!("<html lang=\"en\"{known}>"), 1);
    let index = named(&index, url);
    let index = between(&index, "<title>", "<meta name=\"color-scheme\"", &head(words, url))?;
    let body = format!("<noscript>\n<link rel=\"stylesheet\" href=\"plain.css\">\n{body}\n");
    between(&index, "<noscript>", "</noscript>", &body)
}

/// Its policy names the site where it is known: in a frame that may only run scripts a page has no origin, and there
/// Safari takes `'self'` for nobody.
fn named(index: &str, url: &str) -> String {
    let origin: String = url.split('/').take(3).collect::<Vec<_>>().join("/");
    let letters = |c: char| c.is_ascii_alphanumeric() || ":/.-[]".contains(c);
    // What could end the policy, or another source in it, is no origin.
    match origin.starts_with("http") && origin.chars().all(letters) {
        true => index.replace("'self'", &format!("'self' {origin}")),
        false => index.to_string(),
    }
}

/// What is from `start` up to `end`, replaced.
fn between(text: &str, start: &str, end: &str, with: &str) -> io::Result<String> {
    let lost = || io::Error::other(format!("index.html has no {start} before a {end}"));
    let from = text.find(start).ok_or_else(lost)?;
    let to = from + text.get(from..).and_then(|rest| rest.find(end)).ok_or_else(lost)?;
    Ok([text.get(..from), Some(with), text.get(to..)].into_iter().flatten().collect())
}

fn head(words: &Words, url: &str) -> String {
    let mut out = String::new();
    let address = if url.is_empty() && words.file.is_empty() { "./" } else { words.file };
    let (title, claim) = (escaped(words.title), escaped(words.claim));
    let _ = writeln!(out, "<title>{title}</title>\n<meta name=\"description\" content=\"{claim}\">");
    let _ = writeln!(out, "<link rel=\"canonical\" href=\"{}\">", escaped(&format!("{url}{address}")));
    let image = format!("{url}cards/{}.png", words.card);
    for (property, content) in [
        ("type", "website"),
        ("site_name", "Moving Parts"),
        ("title", words.title),
        ("description", words.claim),
        ("url", &format!("{url}{address}")),
        ("image", &image),
        ("image:width", "1200"),
        ("image:height", "630"),
        ("image:alt", words.alt),
    ] {
        let _ = writeln!(out, "<meta property=\"og:{property}\" content=\"{}\">", escaped(content));
    }
    out.push_str("<meta name=\"twitter:card\" content=\"summary_large_image\">\n");
    if !url.is_empty() && !words.file.is_empty() {
        let json = escaped(&format!("{url}oembed/{}.json", words.card));
        let kind = "application/json+oembed";
        let _ = writeln!(out, "<link rel=\"alternate\" type=\"{kind}\" href=\"{json}\" title=\"{title}\">");
    }
    out
}

/// Links to the explainers' pages.
fn list(but: Option<&str>) -> String {
    let mut out = String::from("<ul>\n");
    for meta in REGISTRY.iter().map(|entry| entry.meta).filter(|meta| Some(meta.slug) != but) {
        let (title, question) = (escaped(meta.title), escaped(meta.question));
        let _ = writeln!(out, "<li><a href=\"{}.html\">{title}</a>: {question}</li>", meta.slug);
    }
    out + "</ul>\n"
}

/// The charts that a step speaks of, computed to their end.
fn plotted(entry: &Entry, step: &'static Step) -> Vec<Chart> {
    let mut plots = handout::Plots::of(entry, step);
    while plots.work() {}
    plots.charts()
}

/// Width of a chart on such a page, in CSS pixels.
const CHART: f32 = 640.0;

/// The page's words; its charts, by their names, go to `charts`.
fn body(entry: &Entry, needs: &str, charts: &mut Vec<(String, String)>) -> String {
    let meta = entry.meta;
    let mut out = String::from("<main class=\"plain\">\n");
    let _ = writeln!(out, "<p><a href=\"./\">Moving Parts</a>: {}</p>", escaped(meta.title));
    let _ = writeln!(out, "<h1>{}</h1>\n<p>{}</p>", escaped(meta.question), escaped(meta.claim));
    let (player, _) = (entry.open)(&moving_parts::link::Link { slug: meta.slug.into(), ..Default::default() });
    let poster = format!("posters/{}-", meta.slug);
    let _ = writeln!(
        out,
        "<picture><source srcset=\"{poster}dark.svg\" media=\"(prefers-color-scheme: dark)\">\
         <img src=\"{poster}light.svg\" width=\"640\" height=\"420\" alt=\"{}\"></picture>",
        escaped(&player.describe())
    );
    out.push_str(needs);
    let room = handout::Room { width: 720.0, height: 480.0, wide: 720.0 };
    for lesson in (entry.lessons)() {
        let _ = writeln!(out, "<h2>{}</h2>\n<ol>", escaped(lesson.title));
        for (sheet, step) in handout::lesson(entry, lesson, room).iter().zip(lesson.steps) {
            let _ = writeln!(out, "<li><h3>{}</h3>", escaped(sheet.title));
            if let Some(ask) = &sheet.question {
                let _ = write!(out, "<p><b>{}</b>", escaped(&ask.words));
                if !ask.options.is_empty() {
                    let _ = write!(out, " ({})", escaped(&ask.options.join(" · ")));
                }
                let _ = writeln!(out, " {}</p>", escaped(&ask.answer));
            }
            let _ = writeln!(out, "<p>{}</p>", escaped(&sheet.text));
            for chart in plotted(entry, step) {
                let (width, height) = (CHART, chart::height(&chart));
                let scene = chart::draw(&chart, width, height, None);
                let words = chart::describe(&chart);
                let name = format!("{}-{}-{}-{}.svg", meta.slug, lesson.slug, sheet.number, chart.key);
                let (title, note) = (escaped(&chart.title), escaped(&chart.note));
                let _ = writeln!(
                    out,
                    "<figure><img src=\"charts/{name}\" width=\"{width}\" height=\"{height}\" loading=\"lazy\" \
                     alt=\"{}\"><figcaption><b>{title}</b>: {note}</figcaption></figure>",
                    escaped(&words)
                );
                charts.push((name, svg(&scene, Theme::Light, &words)));
            }
            out.push_str("</li>\n");
        }
        out.push_str("</ol>\n");
    }
    out.push_str("<h2>Where this is simpler than the real thing</h2>\n<ul>\n");
    for line in meta.simplified {
        let _ = writeln!(out, "<li>{}</li>", escaped(line));
    }
    out.push_str("</ul>\n<h2>Sources</h2>\n<ul>\n");
    for source in meta.sources {
        let _ = writeln!(out, "<li><a href=\"{}\">{}</a></li>", escaped(source.url), escaped(source.what));
    }
    let _ = write!(out, "</ul>\n<h2>More</h2>\n{}</main>", list(Some(meta.slug)));
    out
}

/// What a page that takes oEmbed puts in: the figure in a frame.
fn oembed(entry: &Entry, url: &str) -> String {
    const SIZE: (u32, u32) = (800, 620);
    let meta = entry.meta;
    let (width, height) = SIZE;
    let frame = format!(
        "<iframe src=\"{}\" width=\"{width}\" height=\"{height}\" title=\"{}\" loading=\"lazy\" \
         allow=\"fullscreen; clipboard-write\" frameborder=\"0\"></iframe>",
        escaped(&format!("{url}{0}.html?embed#/{0}", meta.slug)),
        escaped(meta.title)
    );
    let texts = [
        ("version", "1.0"),
        ("type", "rich"),
        ("provider_name", "Moving Parts"),
        ("provider_url", url),
        ("title", meta.question),
        ("html", &frame),
        ("thumbnail_url", &format!("{url}cards/{}.png", meta.slug)),
    ];
    let texts: String = texts.iter().map(|(key, text)| format!("\"{key}\":{},", quoted(text))).collect();
    format!("{{{texts}\"width\":{width},\"height\":{height},\"thumbnail_width\":1200,\"thumbnail_height\":630}}\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// As JSON.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = "<html lang=\"en\">\n<title>x</title>\n<meta name=\"color-scheme\" content=\"light\">\n\
                         <script src=\"boot.js\"></script>\n<noscript><p>no</p></noscript>";

    #[test]
    fn a_page_says_what_it_is_about_and_nothing_escapes() {
        let words = Words { title: "a <b> & \"c\"", claim: "d", file: "e.html", card: "e", alt: "f" };
        let page = page(INDEX, &words, "https://x.org/y/", " data-explainer=\"e\"", "<p>body</p>").expect("a page");
        assert!(
            page.starts_with("<html lang=\"en\" data-explainer=\"e\">\n<title>a &lt;b&gt; &amp; &quot;c&quot;</title>")
        );
        assert!(page.contains("<link rel=\"canonical\" href=\"https://x.org/y/e.html\">"));
        assert!(page.contains("content=\"https://x.org/y/cards/e.png\""));
        assert!(page.contains("href=\"https://x.org/y/oembed/e.json\""));
        assert!(page.contains("<p>body</p>\n</noscript>") && !page.contains("<p>no</p>"));
        assert!(page.contains("<script src=\"boot.js\"></script>"));
        assert!(super::page("<html>", &words, "", "", "").is_err(), "a page without the places for it");
    }

    #[test]
    fn a_policy_names_the_site() {
        let page = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";
        let with = "default-src 'none'; script-src 'self' https://x.org:8443 'wasm-unsafe-eval'";
        assert_eq!(named(page, "https://x.org:8443/y/"), with);
        for url in ["", "https://x.org; script-src */", "javascript://x/"] {
            assert_eq!(named(page, url), page, "{url}");
        }
    }

    #[test]
    fn every_oembed_answer_is_json_with_a_frame() {
        for entry in REGISTRY {
            let told: serde_json::Value = serde_json::from_str(&oembed(entry, "https://x.org/\"y/")).expect("JSON");
            assert_eq!(told["version"], "1.0");
            assert_eq!(told["type"], "rich");
            let frame = told["html"].as_str().expect("a frame");
            assert!(
                frame.contains(&format!("https://x.org/&quot;y/{0}.html?embed#/{0}\"", entry.meta.slug)),
                "{frame}"
            );
        }
    }
}

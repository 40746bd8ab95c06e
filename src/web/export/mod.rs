//! Take away: a picture of this moment, a film, the figures, the link as a QR code. A few fields each, one of them open
//! at a time.

mod easel;
mod film;
mod moment;
mod range;

use super::desk::Desk;
use super::ui::{El, button, div, el, key, p, select, value_of};
use super::{browser, qr};
use crate::draw::svg;
use crate::draw::theme::Theme;
use crate::explainers::Table;
use crate::explainers::export::figures::{self, Runs};
use crate::explainers::export::{self, LEAST, MOST, Wish};
use crate::link;
use crate::sim::{SECOND, decimal, time};
use easel::Easel;
use film::{Kind, No, Order, Plan};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
pub use moment::save_moment;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Tab {
    Picture,
    Film,
    Figures,
    Code,
}

/// Sizes offered, in pixels; the first is the page's own, the last is typed.
const SIZES: [(&str, u32, u32); 5] = [
    ("As on the page", 0, 0),
    ("Slide, 1280 × 720", 1280, 720),
    ("Full HD, 1920 × 1080", 1920, 1080),
    ("Square, 1080 × 1080", 1080, 1080),
    ("Another size", 1200, 630),
];
const TYPED: usize = SIZES.len() - 1;
const WIDTHS: [u32; 4] = [480, 640, 960, 1280];
/// In per cent.
const SPEEDS: [(u64, &str); 5] =
    [(25, "¼ of the speed"), (50, "½ of the speed"), (100, "Usual speed"), (200, "2 × as fast"), (400, "4 × as fast")];
/// A choice is often followed by another: what a film would be is looked at after so many milliseconds.
const CALM_MS: u32 = 300;
const SHOW_MS: f64 = 120.0;

#[derive(Clone, PartialEq)]
struct Choice {
    tab: Option<Tab>,
    size: usize,
    typed: (u32, u32),
    twice: bool,
    dark: bool,
    caption: bool,
    span: usize,
    /// As typed: from, to.
    ends: [String; 2],
    width: u32,
    kind: usize,
    percent: u64,
}

/// Where a film is.
enum Making {
    /// Not looked at, or there can be none: why.
    Idle(String),
    Known(String),
    Busy(f64),
    Done(String),
}

#[derive(Clone)]
struct Bench {
    desk: Desk,
    choice: Rc<RefCell<Choice>>,
    /// The form is another one.
    form: RwSignal<u32>,
    /// Something in it is: what it says has to be said anew.
    said: RwSignal<u32>,
    status: RwSignal<String>,
    making: Rc<RefCell<Making>>,
    /// Another film, or a cancel, raises it and so ends the one under way.
    turn: Rc<Cell<u32>>,
}

pub fn take_away(desk: Desk) -> Vec<El> {
    let bench = Bench {
        desk,
        choice: Rc::new(RefCell::new(Choice {
            tab: None,
            size: 0,
            typed: (SIZES[TYPED].1, SIZES[TYPED].2),
            twice: false,
            dark: browser::theme() == Theme::Dark,
            caption: false,
            span: 0,
            ends: range::usual(desk),
            width: 640,
            kind: 0,
            percent: 100,
        })),
        form: RwSignal::new(0),
        said: RwSignal::new(0),
        status: RwSignal::new(String::new()),
        making: Rc::new(RefCell::new(Making::Idle(String::new()))),
        turn: Rc::default(),
    };
    let turn = bench.turn.clone();
    end_with(turn);
    let tab = |tab: Tab, label: &str| {
        let (bench, shown) = (bench.clone(), bench.clone());
        let open = move || {
            bench.stop();
            bench.choose(|choice| choice.tab = if choice.tab == Some(tab) { None } else { Some(tab) });
            bench.renew();
        };
        button(label, open).pressed(move || {
            shown.form.track();
            shown.tab() == Some(tab)
        })
    };
    let mut tabs = vec![tab(Tab::Picture, "Picture")];
    if !desk.still() {
        tabs.push(tab(Tab::Film, "Film"));
    }
    tabs.push(tab(Tab::Figures, "Figures"));
    tabs.push(tab(Tab::Code, "QR code"));
    let tabs = div("seg wrap").attr("role", "group").label("Take away").all(tabs);
    let (form, made) = (bench.form, bench.clone());
    let body = div("take").live(
        move || u64::from(form.get()),
        move || match made.tab() {
            Some(Tab::Picture) => picture(&made),
            Some(Tab::Film) => movie(&made),
            Some(Tab::Figures) => numbers(&made),
            Some(Tab::Code) => code(&made),
            None => Vec::new(),
        },
    );
    let status = bench.status;
    let said = el("p").attr("role", "status").live_text(move || status.get());
    vec![el("h3").text("Take away"), tabs, body, said]
}

/// A film ends with the dialog.
fn end_with(turn: Rc<Cell<u32>>) {
    struct End(Rc<Cell<u32>>);
    impl Drop for End {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    super::ui::keep(End(turn));
}

impl Bench {
    fn choose(&self, change: impl FnOnce(&mut Choice)) {
        change(&mut self.choice.borrow_mut());
        self.say("");
        let _ = self.said.try_update(|n| *n += 1);
    }

    fn tab(&self) -> Option<Tab> {
        self.choice.borrow().tab
    }

    fn renew(&self) {
        let _ = self.form.try_update(|n| *n += 1);
    }

    fn say(&self, what: &str) {
        let _ = self.status.try_set(what.to_string());
    }

    fn stop(&self) {
        self.turn.set(self.turn.get() + 1);
    }

    fn theme(&self) -> Theme {
        if self.choice.borrow().dark { Theme::Dark } else { Theme::Light }
    }

    fn name(&self, more: &str, ending: &str) -> String {
        self.desk.file_name(more, ending)
    }

    fn saved(&self, name: &str, done: bool) {
        self.say(&match done {
            true => format!("{name} is saved."),
            false => {
                "The browser did not take the file. Files may be off in this frame: open the page by itself.".into()
            }
        });
    }

    /// A field with its name beside it.
    fn pick(&self, label: &str, options: Vec<(String, String)>, chosen: String, set: fn(&mut Choice, &str)) -> El {
        let bench = self.clone();
        let list = select(options, move || chosen.clone()).label(label).on("change", move |event| {
            bench.choose(|choice| set(choice, &value_of(&event)));
            bench.renew();
        });
        el("label").add(el("span").text(label)).add(list)
    }

    fn tick(&self, label: &str, on: bool, set: fn(&mut Choice, bool)) -> El {
        let bench = self.clone();
        let field = el("input").attr("type", "checkbox").label(label);
        if let Some(input) = field.cast::<HtmlInputElement>() {
            input.set_checked(on);
        }
        let field = field.on("change", move |event| {
            let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            bench.choose(|choice| set(choice, input.is_some_and(|input| input.checked())));
            bench.renew();
        });
        el("label").class("tick").add(field).text(label)
    }

    fn colours(&self) -> El {
        let options = [("0", "Light"), ("1", "Dark")].map(|(value, label)| (value.to_string(), label.to_string()));
        let dark = u8::from(self.choice.borrow().dark).to_string();
        self.pick("Colours", options.to_vec(), dark, |choice, value| choice.dark = value == "1")
    }
}

fn numbered<'a>(labels: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    labels.enumerate().map(|(i, label)| (i.to_string(), label.to_string())).collect()
}

fn index(value: &str) -> usize {
    value.parse().unwrap_or(0)
}

// A picture.

fn picture(bench: &Bench) -> Vec<El> {
    let choice = bench.choice.borrow().clone();
    let sizes = numbered(SIZES.iter().map(|size| size.0));
    let size = bench.pick("Size", sizes, choice.size.to_string(), |choice, value| {
        choice.size = index(value).min(TYPED);
    });
    let mut fields = div("fields").add(size).add(bench.colours());
    if choice.size == TYPED {
        let number = |label: &'static str, value: u32, set: fn(&mut Choice, u32)| {
            let bench = bench.clone();
            let field = el("input").class("text").attr("inputmode", "numeric").label(label);
            let field = field.attr("value", &value.to_string()).on("change", move |event| {
                let typed = value_of(&event);
                match typed.trim().parse::<u32>().ok().filter(|px| (LEAST..=MOST).contains(px)) {
                    Some(px) => bench.choose(|choice| set(choice, px)),
                    None => bench.say(&format!("{label}: a whole number of pixels from {LEAST} to {MOST}.")),
                }
            });
            el("label").class("short").add(el("span").text(label)).add(field)
        };
        fields = fields.add(number("Width", choice.typed.0, |choice, px| choice.typed.0 = px));
        fields = fields.add(number("Height", choice.typed.1, |choice, px| choice.typed.1 = px));
    }
    let ticks = div("fields")
        .add(bench.tick("Question, moment and link below it", choice.caption, |choice, on| choice.caption = on))
        .add(bench.tick("PNG twice as sharp", choice.twice, |choice, on| choice.twice = on));
    let (a, b) = (bench.clone(), bench.clone());
    let png = button("Save PNG", move || save_png(&a)).class("primary");
    let svg = button("Save SVG", move || {
        let Some(sheet) = paper(&b) else { return };
        let name = b.name("", "svg");
        let title = b.desk.read(0, |player| player.meta().title).unwrap_or_default();
        let done = browser::save(&name, "image/svg+xml", &svg::sheet(&sheet, b.theme(), title));
        b.saved(&name, done);
    });
    vec![fields, ticks, div("row").add(png).add(svg)]
}

/// This moment, laid out for the size that was chosen.
fn paper(bench: &Bench) -> Option<crate::draw::sheet::Sheet> {
    let (desk, choice) = (bench.desk, bench.choice.borrow().clone());
    let (screen, room) = desk.screen();
    let plain = choice.size == 0;
    let (width, height) = match choice.size {
        0 => (screen.round() as u32, None),
        TYPED => (choice.typed.0, Some(choice.typed.1)),
        i => SIZES.get(i).map_or((1280, Some(720)), |size| (size.1, Some(size.2))),
    };
    let caption = match choice.caption {
        true => {
            let question = desk.read(0, |player| player.meta().question).unwrap_or_default().to_string();
            let link = browser::address(&link::write(&desk.link()));
            let moment = time::label(desk.now(), desk.pace());
            vec![question, if desk.still() { link } else { format!("{moment} · {link}") }]
        }
        false => Vec::new(),
    };
    let wish = Wish { width, height, room, diagram: None, caption, plain };
    let sheet = desk.shown(|shows| export::sheet(shows, &wish));
    // What drawing remembers between frames was of another size.
    desk.paint();
    sheet
}

fn save_png(bench: &Bench) {
    let Some(mut sheet) = paper(bench) else { return };
    if bench.choice.borrow().twice {
        (sheet.width, sheet.height, sheet.scale) = (sheet.width * 2, sheet.height * 2, sheet.scale * 2.0);
    }
    let bench = bench.clone();
    spawn_local(async move {
        let name = bench.name("", "png");
        let blob = match Easel::new(sheet.width, sheet.height) {
            Some(easel) => {
                easel.draw(&sheet, bench.theme());
                easel.png().await
            }
            None => None,
        };
        match blob {
            Some(blob) => bench.saved(&name, browser::save_file(&name, &blob)),
            None => bench.say(&format!(
                "The browser has no room for a picture of {} × {} pixels. Choose a smaller size, or SVG.",
                sheet.width, sheet.height
            )),
        }
    });
}

// Figures.

fn numbers(bench: &Bench) -> Vec<El> {
    let desk = bench.desk;
    if let Some(table) = desk.read(0, |player| player.table()).flatten() {
        let (a, b, c) = (bench.clone(), bench.clone(), bench.clone());
        let markdown = table.markdown();
        let copied = markdown.clone();
        let copy = button("Copy as Markdown", move || {
            let (bench, text) = (a.clone(), copied.clone());
            spawn_local(async move {
                bench.say(match browser::copy(text).await {
                    true => "The table is copied, as Markdown.",
                    false => "The browser keeps its clipboard closed here; the table can be saved instead.",
                });
            });
        });
        let save = button("Save Markdown", move || {
            let name = b.name("", "md");
            b.saved(&name, browser::save(&name, "text/markdown", &markdown));
        });
        let csv = button("Save CSV", move || save_table(&c, "", &table));
        return vec![div("row").add(csv).add(save).add(copy)];
    }
    let one = |label: &str, more: &'static str, of: fn(&Runs) -> Table| {
        let table = desk.read_all(of).filter(|table| !table.rows.is_empty())?;
        let bench = bench.clone();
        Some(button(label, move || save_table(&bench, more, &table)))
    };
    let all = [
        one("Figures and checks", "-figures", figures::figures),
        one("What happened", "-events", figures::events),
        one("Charts", "-charts", figures::charts),
    ];
    let about = p("As CSV, for a spreadsheet or a program: how they stand at this moment.").class("soft");
    vec![about, div("row").all(all.into_iter().flatten())]
}

fn save_table(bench: &Bench, more: &str, table: &Table) {
    let name = bench.name(more, "csv");
    bench.saved(&name, browser::save(&name, "text/csv", &table.csv()));
}

// The link as a picture.

fn code(bench: &Bench) -> Vec<El> {
    let address = browser::address(&link::write(&bench.desk.link()));
    match qr::code(&address) {
        Some(code) => vec![code],
        None => vec![p(
            "The link is too long for a code that a phone could read. A lesson’s step, or a run with less done in it, has a shorter one.",
        )],
    }
}

// A film.

fn kinds() -> Vec<(Kind, String)> {
    let mut all = vec![(Kind::Gif(10), "GIF".to_string()), (Kind::Gif(20), "GIF, smoother".to_string())];
    if let Some((_, ending)) = film::video_kind() {
        all.push((Kind::Video, if ending == "webm" { "Video (WebM)" } else { "Video (MP4)" }.to_string()));
    }
    all
}

impl Bench {
    /// What is to be filmed; or what is wrong with the range that was typed.
    fn order(&self) -> Result<Order, String> {
        let choice = self.choice.borrow();
        let span = range::spans(self.desk, &choice.ends).into_iter().nth(choice.span).ok_or_else(String::new)?.1?;
        let kind = kinds().get(choice.kind).ok_or_else(String::new)?.0;
        let (width, percent, caption) = (choice.width, choice.percent, choice.caption);
        Ok(Order { kind, span, width, percent, theme: self.theme(), caption })
    }

    fn set(&self, making: Making) {
        *self.making.borrow_mut() = making;
        let _ = self.said.try_update(|n| *n += 1);
    }

    /// Whether this turn's film is still wanted, telling how far it is.
    fn wanted(&self, turn: u32) -> impl Fn(f64) -> bool + 'static {
        let (bench, shown) = (self.clone(), Cell::new(0.0));
        move |done| {
            let now = browser::now_ms();
            if bench.turn.get() == turn && done > 0.0 && now - shown.get() > SHOW_MS {
                shown.set(now);
                bench.set(Making::Busy(done));
            }
            bench.turn.get() == turn
        }
    }

    /// Says what the film would be.
    fn look(&self) {
        self.stop();
        let (bench, turn) = (self.clone(), self.turn.get());
        self.set(Making::Idle(String::new()));
        spawn_local(async move {
            TimeoutFuture::new(CALM_MS).await;
            if bench.turn.get() != turn {
                return;
            }
            let order = match bench.order() {
                Ok(order) => order,
                Err(why) => return bench.set(Making::Idle(why)),
            };
            let video = order.kind == Kind::Video;
            let wanted = {
                let bench = bench.clone();
                move |_: f64| bench.turn.get() == turn
            };
            match film::plan(bench.desk, order, &wanted).await {
                Ok(plan) => bench.set(Making::Known(words(&plan, video))),
                Err(No::Told(why)) => bench.set(Making::Idle(why)),
                Err(No::Cancelled) => {}
            }
        });
    }

    fn make(&self) {
        self.stop();
        let (bench, turn) = (self.clone(), self.turn.get());
        let order = match self.order() {
            Ok(order) => order,
            Err(why) => return self.set(Making::Idle(why)),
        };
        self.say("");
        self.set(Making::Busy(0.0));
        spawn_local(async move {
            let wanted = bench.wanted(turn);
            let made = match film::plan(bench.desk, order, &wanted).await {
                Ok(plan) => film::make(plan, &wanted).await,
                Err(no) => Err(no),
            };
            match made {
                Ok(film) => {
                    let name = bench.name("", film.ending);
                    let done = browser::save_file(&name, &film.blob);
                    bench.saved(&name, done);
                    bench.set(Making::Done(format!("{} pictures, {}.", film.pictures, size(film.blob.size()))));
                }
                Err(No::Told(why)) => bench.set(Making::Idle(why)),
                Err(No::Cancelled) if bench.turn.get() == turn => bench.set(Making::Idle(String::new())),
                Err(No::Cancelled) => {}
            }
        });
    }
}

fn size(bytes: f64) -> String {
    match bytes {
        b if b < 99_500.0 => format!("{} KB", decimal::fixed((b / 1e3).max(1.0), 0)),
        b => format!("{} MB", decimal::fixed(b / 1e6, 1)),
    }
}

fn words(plan: &Plan, video: bool) -> String {
    let seconds = decimal::fixed(plan.length as f64 / SECOND as f64, 1);
    let (width, height) = plan.size;
    let bytes = size(plan.bytes as f64);
    match video {
        true => format!("{seconds} seconds, {width} × {height}, at most {bytes}. Recording it takes as long."),
        false => format!("{seconds} seconds, {} pictures of {width} × {height}, about {bytes}.", plan.pictures()),
    }
}

fn movie(bench: &Bench) -> Vec<El> {
    let choice = bench.choice.borrow().clone();
    let spans = range::spans(bench.desk, &choice.ends);
    let typed = choice.span + 1 == spans.len();
    let what = numbered(spans.iter().map(|(label, _)| label.as_str()));
    let what = bench.pick("What", what, choice.span.to_string(), |choice, value| choice.span = index(value));
    let kinds = kinds();
    let kind = numbered(kinds.iter().map(|(_, label)| label.as_str()));
    let kind = bench.pick("Kind", kind, choice.kind.to_string(), |choice, value| choice.kind = index(value));
    let widths = WIDTHS.iter().map(|width| (width.to_string(), format!("{width} pixels"))).collect();
    let width = bench.pick("Width", widths, choice.width.to_string(), |choice, value| {
        choice.width = WIDTHS.iter().copied().find(|width| width.to_string() == value).unwrap_or(640);
    });
    let speeds = SPEEDS.iter().map(|(percent, label)| (percent.to_string(), label.to_string())).collect();
    let speed = bench.pick("Speed", speeds, choice.percent.to_string(), |choice, value| {
        choice.percent = value.parse().unwrap_or(100);
    });
    let caption =
        bench.tick("Question or step, and moment, below it", choice.caption, |choice, on| choice.caption = on);
    let end = |(i, label): (usize, &'static str)| {
        let bench = bench.clone();
        let field = el("input").class("text").label(label).attr("autocomplete", "off");
        let field = field.attr("value", &choice.ends[i]).on("change", move |event| {
            let typed = value_of(&event);
            bench.choose(|choice| choice.ends[i] = typed);
            bench.look();
        });
        el("label").class("short").add(el("span").text(label)).add(field)
    };
    let ends = ["From", "To"].into_iter().enumerate().filter(|_| typed).map(end);
    let fields = div("fields").add(what).all(ends).add(kind).add(width).add(speed).add(bench.colours());
    let (said, shown) = (bench.said, bench.clone());
    let about = el("p").class("soft").attr("aria-live", "polite").live_text(move || {
        said.track();
        match &*shown.making.borrow() {
            Making::Idle(why) => why.clone(),
            Making::Known(words) | Making::Done(words) => words.clone(),
            Making::Busy(_) => String::new(),
        }
    });
    let (making, again) = (bench.making.clone(), bench.clone());
    let row = div("row").live(
        move || {
            said.track();
            key(&matches!(*making.borrow(), Making::Busy(_)))
        },
        move || {
            let busy = matches!(*again.making.borrow(), Making::Busy(_));
            let (bench, shown) = (again.clone(), again.clone());
            if !busy {
                return vec![button("Make the film", move || bench.make()).class("primary")];
            }
            let bar = el("progress").attr("max", "1").label("The film").live_attr("value", move || {
                shown.said.track();
                match *shown.making.borrow() {
                    Making::Busy(done) if done > 0.0 => Some(decimal::fixed(done, 3)),
                    _ => None,
                }
            });
            vec![bar, button("Cancel", move || bench.look())]
        },
    );
    bench.look();
    vec![fields, div("fields").add(caption), about, row]
}

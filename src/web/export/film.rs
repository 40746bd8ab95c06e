//! Films of a run: which pictures, how much that will be, and the making of it, a picture at a time, so that the page
//! stays quick.

use super::easel::Easel;
use crate::draw::gif::Gif;
use crate::draw::palette::{Counts, Palette};
use crate::draw::scene::Token;
use crate::draw::sheet::Sheet;
use crate::draw::theme::Theme;
use crate::explainers::export::film::{Shot, Take, count, length, rate, shot_at, shots};
use crate::explainers::export::{self, Show, Wish};
use crate::explainers::{Lesson, Player, Step};
use crate::link;
use crate::sim::{Micros, SECOND, time};
use crate::web::browser;
use crate::web::desk::Desk;
use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobEvent, MediaRecorder, MediaRecorderOptions, window};

/// Pictures that a film may have, its seconds where it is recorded as it plays, and its bytes.
const MOST: u64 = 1_500;
const LONGEST: Micros = 180 * SECOND;
const LARGEST: usize = 48 << 20;
/// Pictures looked at, in pairs, before it begins: for its colours, its height, and a guess of its size.
const PAIRS: usize = 5;
/// Work on end, in milliseconds; then the page breathes.
const SLICE_MS: f64 = 16.0;
const VIDEO_RATE: u64 = 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Gif(u64),
    Video,
}

impl Kind {
    fn per_second(self) -> u64 {
        match self {
            Kind::Gif(rate) => rate,
            Kind::Video => VIDEO_RATE,
        }
    }
}

/// What is filmed.
#[derive(Clone, Copy)]
pub enum Span {
    /// The run as it is on the page, from a moment to another.
    Run(Micros, Micros),
    /// A lesson's step, from its state to its end.
    Step(&'static Step),
    /// All of its steps.
    Lesson(&'static Lesson),
}

#[derive(Clone)]
pub struct Order {
    pub kind: Kind,
    pub span: Span,
    pub width: u32,
    /// Of the usual speed.
    pub percent: u64,
    pub theme: Theme,
    pub caption: bool,
}

/// What a film will be.
pub struct Plan {
    order: Order,
    shots: Vec<Shot>,
    cast: Cast,
    wish: Wish,
    counts: Counts,
    pub length: Micros,
    /// More or less what it will come to.
    pub bytes: usize,
    pub size: (u32, u32),
}

impl Plan {
    pub fn pictures(&self) -> usize {
        self.shots.len()
    }
}

/// What came of it: a file, its ending, and how many pictures it has.
pub struct Film {
    pub blob: Blob,
    pub ending: &'static str,
    pub pictures: usize,
}

/// The runs that are filmed: opened one after the other, apart from those of the page.
struct Cast {
    desk: Desk,
    steps: Vec<&'static Step>,
    open: Option<(usize, Vec<Box<dyn Player>>)>,
    names: Vec<String>,
}

impl Cast {
    fn open(&mut self, run: usize) -> &mut Vec<Box<dyn Player>> {
        if self.open.as_ref().is_none_or(|open| open.0 != run) {
            let runs = match self.steps.get(run) {
                Some(step) => {
                    let (link, _) = link::parse(&format!("#/{}?{}", self.desk.slug(), step.state));
                    self.desk.entry().map(|entry| (entry.open)(&link).0).into_iter().collect()
                }
                None => self.desk.runs_again(),
            };
            self.open = Some((run, runs));
        }
        &mut self.open.get_or_insert_with(|| (run, Vec::new())).1
    }

    fn sheet(&mut self, shot: Shot, wish: &Wish) -> Sheet {
        let mut wish = wish.clone();
        if let Some(first) = wish.caption.first_mut() {
            if let Some(step) = self.steps.get(shot.run) {
                *first = step.title.to_string();
            }
            first.push_str(&format!(" · {}", time::label(shot.at, self.desk.pace())));
        }
        let names = self.names.clone();
        let runs = self.open(shot.run);
        for player in runs.iter_mut() {
            player.seek(shot.at);
        }
        let shows = names.iter().zip(runs).map(|(name, player)| Show { name, player: &mut **player });
        export::sheet(&mut shows.collect::<Vec<_>>(), &wish)
    }
}

/// Gives the page a moment, if it has waited for long; `false`: it is not wanted any more.
struct Breath<'a> {
    since: f64,
    wanted: &'a dyn Fn(f64) -> bool,
}

impl Breath<'_> {
    async fn take(&mut self, done: f64) -> bool {
        if browser::now_ms() - self.since > SLICE_MS {
            TimeoutFuture::new(0).await;
            self.since = browser::now_ms();
        }
        (self.wanted)(done)
    }
}

/// Why there is none: in words, or because it is not wanted any more.
pub enum No {
    Told(String),
    Cancelled,
}

impl From<String> for No {
    fn from(why: String) -> No {
        No::Told(why)
    }
}

const NO_ROOM: &str = "The browser has no room for pictures of this size. Choose a smaller one.";

fn told(why: &str) -> No {
    No::Told(why.to_string())
}

/// Looks at some of its pictures. `wanted` is told how much is done, and answers whether to go on.
pub async fn plan(desk: Desk, order: Order, wanted: &dyn Fn(f64) -> bool) -> Result<Plan, No> {
    let mut breath = Breath { since: browser::now_ms(), wanted };
    let (pace, per_second) = (desk.pace(), order.kind.per_second());
    let steps: Vec<&'static Step> = match order.span {
        Span::Run(..) => Vec::new(),
        Span::Step(step) => vec![step],
        Span::Lesson(lesson) => lesson.steps.iter().collect(),
    };
    let names = if steps.is_empty() { desk.names() } else { vec![String::new()] };
    let mut cast = Cast { desk, steps, open: None, names };
    let mut takes = Vec::new();
    match order.span {
        Span::Run(from, to) => {
            takes.push(Take { run: 0, from, to: to.max(from), rate: rate(pace, order.percent), rest: SECOND });
        }
        _ => {
            for (run, step) in cast.steps.clone().into_iter().enumerate() {
                let begins = cast.open(run).first().map(|player| (player.now(), player.end()));
                let (begins, end) = begins.ok_or_else(|| told("This step could not be opened."))?;
                takes.push(Take::of_step(run, step, begins, end, pace, order.percent));
                if !breath.take(0.0).await {
                    return Err(No::Cancelled);
                }
            }
        }
    }
    let (pictures, length) = (count(&takes, per_second), length(&takes, per_second));
    let gif = matches!(order.kind, Kind::Gif(_));
    let too_long = if gif { pictures > MOST } else { length > LONGEST };
    if too_long {
        let seconds = length / SECOND;
        let most = if gif { format!("{MOST} pictures") } else { format!("{} seconds", LONGEST / SECOND) };
        let fewer = if gif { ", fewer pictures a second" } else { "" };
        return Err(No::Told(format!(
            "This would be {seconds} seconds and {pictures} pictures; the most is {most}. Choose a shorter range{fewer} or a higher speed."
        )));
    }
    let shots = shots(&takes, per_second);
    let last = shots.len().saturating_sub(1);
    let mut samples: Vec<usize> = Vec::new();
    for i in (0..PAIRS).flat_map(|i| [i * last / PAIRS, i * last / PAIRS + 1]).chain([last]) {
        if i <= last && samples.last().is_none_or(|before| *before < i) {
            samples.push(i);
        }
    }
    let title = desk.read(0, |player| player.meta().question).unwrap_or_default();
    let caption = if order.caption { vec![title.to_string()] } else { Vec::new() };
    let room = (order.width as f32 * 0.62).clamp(300.0, 600.0);
    let mut wish = Wish { width: order.width, height: None, room, diagram: None, caption, plain: false };
    // One height for all of them: the highest; and a second picture if there ever is one.
    let (mut height, mut parts) = (1, 0);
    let mut diagram = false;
    for &i in &samples {
        let without = cast.sheet(shots[i], &Wish { diagram: Some(false), ..wish.clone() });
        let sheet = cast.sheet(shots[i], &wish);
        diagram |= sheet.parts.len() > without.parts.len();
        height = height.max(sheet.height);
        parts += sheet.parts.len();
        if !breath.take(0.0).await {
            return Err(No::Cancelled);
        }
    }
    if parts == 0 {
        return Err(told("There is nothing to see here."));
    }
    // Videos are made of blocks: even sizes.
    let height = height + height % 2;
    (wish.height, wish.diagram) = (Some(height), Some(diagram));
    let easel = Easel::new(order.width, height).ok_or_else(|| told(NO_ROOM))?;
    let mut counts = Counts::default();
    let mut bytes = (video_bits(order.width, height) * length / SECOND / 8) as usize;
    if gif {
        let mut seen: Vec<(usize, Vec<u8>)> = Vec::new();
        for &i in &samples {
            easel.draw(&cast.sheet(shots[i], &wish), order.theme);
            let pixels = easel.pixels().ok_or_else(|| told(NO_ROOM))?;
            counts.add(&pixels);
            seen.push((i, pixels));
            if !breath.take(0.0).await {
                return Err(No::Cancelled);
            }
        }
        let mut trial = Gif::new(order.width as u16, height as u16, palette(&counts, order.theme))?;
        let (mut before, mut first, mut next, mut pairs) = (trial.size(), 0, 0, 0);
        for (n, (i, pixels)) in seen.iter().enumerate() {
            trial.add(pixels, 1)?;
            trial.flush()?;
            let written = trial.size() - before;
            before += written;
            match n.checked_sub(1).and_then(|n| seen.get(n)) {
                None => first = written,
                // What follows on another at once is what most of the film is made of.
                Some((j, _)) if j + 1 == *i => (next, pairs) = (next + written, pairs + 1),
                Some(_) => {}
            }
            if !breath.take(0.0).await {
                return Err(No::Cancelled);
            }
        }
        bytes = first * takes.len() + next.checked_div(pairs).unwrap_or(0) * last;
    }
    Ok(Plan { size: (order.width, height), order, shots, cast, wish, counts, length, bytes })
}

fn palette(counts: &Counts, theme: Theme) -> Palette {
    Palette::of(counts, &Token::ALL.map(|token| theme.rgb(token)))
}

/// Makes the film of a plan. `wanted` is told how much is done, and answers whether to go on.
pub async fn make(plan: Plan, wanted: &dyn Fn(f64) -> bool) -> Result<Film, No> {
    match plan.order.kind {
        Kind::Gif(_) => gif(plan, wanted).await,
        Kind::Video => video(plan, wanted).await,
    }
}

async fn gif(mut plan: Plan, wanted: &dyn Fn(f64) -> bool) -> Result<Film, No> {
    let easel = Easel::new(plan.size.0, plan.size.1).ok_or_else(|| told(NO_ROOM))?;
    let mut gif = Gif::new(plan.size.0 as u16, plan.size.1 as u16, palette(&plan.counts, plan.order.theme))?;
    let mut breath = Breath { since: browser::now_ms(), wanted };
    let all = plan.shots.len().max(1) as f64;
    for (i, shot) in std::mem::take(&mut plan.shots).into_iter().enumerate() {
        easel.draw(&plan.cast.sheet(shot, &plan.wish), plan.order.theme);
        let pixels = easel.pixels().ok_or_else(|| told(NO_ROOM))?;
        gif.add(&pixels, (shot.hold / 10_000) as u16)?;
        if gif.size() > LARGEST {
            return Err(told("The film came to more than 48 MB. Choose a shorter range or a smaller picture."));
        }
        if !breath.take((i + 1) as f64 / all).await {
            return Err(No::Cancelled);
        }
    }
    let (bytes, pictures) = gif.finish()?;
    let blob = browser::blob(&js_sys::Uint8Array::from(&bytes[..]), "image/gif");
    Ok(Film { blob: blob.ok_or_else(|| told(NO_ROOM))?, ending: "gif", pictures })
}

/// Bits a second for a video of thin lines and small text, but few changes.
fn video_bits(width: u32, height: u32) -> u64 {
    (u64::from(width) * u64::from(height) * 5).clamp(1_000_000, 8_000_000)
}

/// The kind of video that this browser records, if any, with the ending of its files.
pub fn video_kind() -> Option<(&'static str, &'static str)> {
    // Asked for by name first: where there is none, calling it would throw.
    let there = |name: &str| js_sys::Reflect::get(&js_sys::global(), &name.into()).is_ok_and(|it| it.is_function());
    if !there("MediaRecorder") {
        return None;
    }
    let kinds = [
        ("video/webm;codecs=vp9", "webm"),
        ("video/webm;codecs=vp8", "webm"),
        ("video/webm", "webm"),
        ("video/mp4", "mp4"),
    ];
    kinds.into_iter().find(|(kind, _)| MediaRecorder::is_type_supported(kind))
}

/// A recorder writes what it sees while it happens, so this takes as long as the film is.
async fn video(mut plan: Plan, wanted: &dyn Fn(f64) -> bool) -> Result<Film, No> {
    const NOT_HERE: &str = "This browser could not record it. A GIF can be made anywhere.";
    let (kind, ending) = video_kind().ok_or_else(|| told(NOT_HERE))?;
    let easel = Easel::new(plan.size.0, plan.size.1).ok_or_else(|| told(NO_ROOM))?;
    let stream = easel.canvas.capture_stream_with_frame_request_rate(VIDEO_RATE as f64);
    let stream = stream.map_err(|_| told(NOT_HERE))?;
    let options = MediaRecorderOptions::new();
    options.set_mime_type(kind);
    options.set_video_bits_per_second(video_bits(plan.size.0, plan.size.1) as u32);
    let recorder = MediaRecorder::new_with_media_stream_and_media_recorder_options(&stream, &options);
    let recorder = recorder.map_err(|_| told(NOT_HERE))?;
    let pieces = Rc::new(RefCell::new(js_sys::Array::new()));
    let stopped = Rc::new(std::cell::Cell::new(false));
    let (given, over) = (pieces.clone(), stopped.clone());
    let _data = EventListener::new(&recorder, "dataavailable", move |event| {
        if let Some(blob) = event.dyn_ref::<BlobEvent>().and_then(|event| event.data()) {
            given.borrow().push(&blob);
        }
    });
    let _stop = EventListener::new(&recorder, "stop", move |_| over.set(true));
    recorder.start_with_time_slice(1_000).map_err(|_| told(NOT_HERE))?;
    let hidden = || window().and_then(|window| window.document()).is_some_and(|document| document.hidden());
    let (mut begun, mut shown, mut pictures) = (browser::now_ms(), None, 0);
    let mut paper = Sheet::default();
    let length = plan.length as f64 / 1e3;
    let cancelled = loop {
        if hidden() {
            // Browsers let hidden pages do next to nothing: the film waits as well.
            let from = browser::now_ms();
            let _ = recorder.pause();
            while hidden() && wanted(-1.0) {
                TimeoutFuture::new(200).await;
            }
            let _ = recorder.resume();
            begun += browser::now_ms() - from;
        }
        let passed = browser::now_ms() - begun;
        let at = shot_at(&plan.shots, (passed.max(0.0) * 1e3) as Micros);
        if let Some(shot) = at.filter(|_| at != shown).and_then(|i| plan.shots.get(i)).copied() {
            paper = plan.cast.sheet(shot, &plan.wish);
            (shown, pictures) = (at, pictures + 1);
        }
        // Painted again even if it is the same: a canvas that nobody paints on gives the recorder nothing, and what
        // stays at the end would be missing.
        easel.draw(&paper, plan.order.theme);
        if !wanted((passed / length).min(1.0)) {
            break true;
        }
        if passed >= length {
            break false;
        }
        TimeoutFuture::new(28).await;
    };
    let _ = recorder.stop();
    // The last piece comes after that; a recorder that never says so is not waited for.
    let since = browser::now_ms();
    while !stopped.get() && browser::now_ms() - since < 5_000.0 {
        TimeoutFuture::new(10).await;
    }
    if cancelled {
        return Err(No::Cancelled);
    }
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(kind.split(';').next().unwrap_or(kind));
    let all: JsValue = pieces.borrow().clone().into();
    let blob = Blob::new_with_blob_sequence_and_options(&all, &options).map_err(|_| told(NOT_HERE))?;
    if blob.size() < 1.0 {
        return Err(told(NOT_HERE));
    }
    Ok(Film { blob, ending, pictures })
}

//! The reader's own delays, as they were measured or fitted, and histories to be judged.

use super::Data;
use super::inquiry;
use crate::explainers::lines::{Lines, Parse, Parsed, count};
use crate::explainers::{Import, grouped};
use crate::link::shorten;
use crate::sim::latency::{Delay, MAX, fit};
use crate::sim::{MS, decimal, order, quantile};
use std::any::Any;
use std::rc::Rc;

pub const MOST_DELAYS: usize = 1_000_000;
/// A list up to this long, in bytes, travels in the link.
const IN_LINK: usize = 1_500;
/// A fit that is further off is none, in per cent (N-RMSE). 200 draws from such a mixture are fitted within it; uniform
/// and log-normal delays are missed by 17% and more.
const WORST_FIT: f64 = 10.0;
/// Of the four numbers of a fit. They are cut to it before they are used, so that a link carries the very same.
const DECIMALS: u32 = 4;

pub static IMPORTS: &[Import] = &[
    Import {
        key: "delays",
        title: "Delays",
        hint: "How long messages between your servers took: a number of milliseconds a line, up to 1,000,000 of them. Each message then takes as long as one of these, drawn at random.",
        example: "# ms, one way\n0.84\n1.2\n0.91\n3.75\n1.08\n0.97\n14.2\n1.31",
        reader: || Lines::of(Delays::new(false)),
    },
    Import {
        key: "fit",
        title: "Delays, fitted",
        hint: "The same list, replaced by the mixture of a Pareto and an exponential distribution that comes nearest to it: four numbers, which every link can carry, and a tail that goes beyond what you measured.",
        example: "# ms, one way\n1.42\n2.43\n1.06\n1.21\n1.13\n1.49\n1.57\n5.17\n1.16\n1.32\n1.69\n3.88\n1.05\n1.24\n1.09\n11.57\n0.73\n7.19\n1.36\n3.01\n0.23\n1.84\n1.01\n1.03\n1.27\n1.18\n2.07\n1.02\n1.11\n1.08",
        reader: || Lines::of(Delays::new(true)),
    },
    Import {
        key: "history",
        title: "A history to check",
        hint: "What a test recorded of a register: Jepsen’s or Knossos’ history (EDN, or history.txt), or a JSON object a line, one event (process, type, f, value) or one operation (client, op, key, value, start, end) each. It is checked for linearizability and drawn; the run stays as it is.",
        example: "{\"client\": 1, \"op\": \"write\", \"value\": 1, \"start\": 0, \"end\": 30}\n{\"client\": 1, \"op\": \"write\", \"value\": 2, \"start\": 40, \"end\": 120}\n{\"client\": 2, \"op\": \"read\", \"value\": 2, \"start\": 50, \"end\": 70}\n{\"client\": 3, \"op\": \"read\", \"value\": 1, \"start\": 80, \"end\": 100}",
        reader: inquiry::reader,
    },
];

/// The parts of a fitted distribution: a Pareto with this weight (0 to 1), an exponential for the rest; ms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixture {
    pub weight: f64,
    pub xm: f64,
    pub alpha: f64,
    pub mean: f64,
}

impl Mixture {
    fn numbers(self) -> [f64; 4] {
        [self.weight, self.xm, self.alpha, self.mean]
    }

    /// `None`: no distribution has these.
    fn of(numbers: &[f64]) -> Option<Mixture> {
        let [weight, xm, alpha, mean] = *numbers else { return None };
        let hour = MAX as f64 / MS as f64;
        let fits = (0.0..=1.0).contains(&weight)
            && (1e-4..=hour).contains(&xm)
            && (1e-4..=1e4).contains(&alpha)
            && (1e-4..=hour).contains(&mean);
        fits.then_some(Mixture { weight, xm, alpha, mean })
    }

    fn text(self) -> String {
        self.numbers().map(|v| trimmed(decimal::fixed(v, DECIMALS))).join(",")
    }

    fn read(text: &str) -> Option<Mixture> {
        let numbers: Option<Vec<f64>> = text.split(',').map(|part| decimal::parse(part.trim())).collect();
        Mixture::of(&numbers?)
    }

    pub fn delay(self) -> Delay {
        Delay::pareto_and_exponential(self.weight, self.xm, self.alpha, 1.0 / self.mean)
    }

    fn words(self) -> String {
        format!(
            "{}% Pareto (from {} ms, α = {}) and {}% exponential (mean {} ms)",
            decimal::fixed(self.weight * 100.0, 1),
            trimmed(decimal::fixed(self.xm, 3)),
            trimmed(decimal::fixed(self.alpha, 2)),
            decimal::fixed(100.0 - self.weight * 100.0, 1),
            trimmed(decimal::fixed(self.mean, 3)),
        )
    }
}

/// Without zeros at the end that say nothing.
fn trimmed(text: String) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text,
    }
}

/// Microseconds as milliseconds, exactly.
fn ms_text(micros: u32) -> String {
    trimmed(format!("{}.{:03}", micros / 1_000, micros % 1_000))
}

/// A time in ms, to the nearest µs.
fn micros(text: &str) -> Option<u32> {
    let v = decimal::parse(text)?;
    // −0 is no time, but harmless.
    (0.0..=MAX as f64 / MS as f64).contains(&v).then_some((v * MS as f64 + 0.5) as u32)
}

fn ascending(delays: &[u32]) -> Vec<u32> {
    let mut pairs: Vec<(u64, u32)> = delays.iter().map(|delay| (u64::from(*delay), 0)).collect();
    order::sort(&mut pairs);
    pairs.into_iter().map(|pair| pair.0 as u32).collect()
}

enum Made {
    Delays(Rc<[u32]>),
    Fit(Mixture),
}

struct Delays {
    fitted: bool,
    /// In µs.
    all: Vec<u32>,
    over: usize,
}

impl Delays {
    fn new(fitted: bool) -> Delays {
        Delays { fitted, all: Vec::new(), over: 0 }
    }
}

impl Parse for Delays {
    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        let line = String::from_utf8_lossy(line);
        let text = line.split('#').next().unwrap_or_default().trim();
        if text.is_empty() {
            return Ok(());
        }
        let number = text.strip_suffix("ms").unwrap_or(text).trim_end();
        let Some(delay) = micros(number) else {
            return Err(match decimal::parse(number) {
                Some(_) => format!("0 to 3,600,000 ms (an hour) was expected, not “{}”", shorten(text)),
                None => format!("a number of milliseconds, such as 12.5, was expected, not “{}”", shorten(text)),
            });
        };
        if self.all.len() >= MOST_DELAYS {
            self.over += 1;
            return match self.over {
                1 => Err(format!("{} delays were read; the rest was left out", grouped(MOST_DELAYS as i64))),
                _ => Ok(()),
            };
        }
        self.all.push(delay);
        Ok(())
    }

    fn done(self: Box<Self>) -> Parsed {
        let sorted: Rc<[u32]> = ascending(&self.all).into();
        let mut summary = count(sorted.len(), "delay");
        if self.over > 0 {
            summary += &format!("; {} beyond the limit", count(self.over, "line"));
        }
        let set = vec![("delay", "own".to_string())];
        let Some(spread) = spread(&sorted) else { return (summary, None, Vec::new()) };
        summary += &format!("; {spread}");
        let mut made = None;
        if self.fitted {
            let found = fit::fit(&sorted).and_then(|fit| {
                let numbers = [fit.weight, fit.xm, fit.alpha, fit.mean];
                let cut = numbers.map(|v| decimal::parse(&decimal::fixed(v, DECIMALS)).unwrap_or(0.0));
                Some((Mixture::of(&cut)?, fit.n_rmse * 100.0))
            });
            summary += &match found {
                Some((mixture, off)) if off <= WORST_FIT => {
                    made = Some(Made::Fit(mixture));
                    format!("; fitted by {}, off by {}% (N-RMSE)", mixture.words(), decimal::fixed(off, 1))
                }
                Some((_, off)) => format!(
                    "; the nearest fit is off by {}% (N-RMSE), more than {}%, so they are used as they are",
                    decimal::fixed(off, 1),
                    decimal::fixed(WORST_FIT, 0)
                ),
                None => "; a fit takes ten delays that are not all the same, so they are used as they are".into(),
            };
        }
        let made = made.unwrap_or(Made::Delays(sorted));
        (summary, Some(Box::new(made)), set)
    }
}

/// “median 1.2 ms, 99th percentile 8.3 ms”.
fn spread(sorted: &[u32]) -> Option<String> {
    let at = |p: f64| sorted.get(quantile::rank(sorted.len(), p)?).copied().map(ms_text);
    Some(format!("median {} ms, 99th percentile {} ms", at(0.5)?, at(0.99)?))
}

/// The data in words, for the run's first line.
pub fn words(data: &Data) -> Option<String> {
    match (&data.fit, &data.samples) {
        (Some(fit), _) => Some(format!("Delays are drawn from your fit: {}.", fit.words())),
        (None, Some(samples)) => {
            Some(format!("Delays are drawn from your {}: {}.", count(samples.len(), "sample"), spread(samples)?))
        }
        (None, None) => None,
    }
}

pub fn adopt(data: &mut Data, made: Box<dyn Any>) {
    match made.downcast::<Made>().map(|made| *made) {
        Ok(Made::Delays(samples)) => (data.samples, data.fit) = (Some(samples), None),
        Ok(Made::Fit(fit)) => (data.samples, data.fit) = (None, Some(fit)),
        Err(_) => {}
    }
}

/// What of the data a link carries, and in words what it cannot.
pub fn parts(data: &Data) -> (Vec<(&'static str, String)>, Option<String>) {
    if let Some(fit) = data.fit {
        return (vec![("own-fit", fit.text())], None);
    }
    let Some(samples) = &data.samples else { return (Vec::new(), None) };
    let mut text = String::new();
    for run in samples.chunk_by(|a, b| a == b) {
        let comma = if text.is_empty() { "" } else { "," };
        text += comma;
        text += &run.first().copied().map_or_else(String::new, ms_text);
        if run.len() > 1 {
            text += &format!("*{}", run.len());
        }
        if text.len() > IN_LINK {
            return (
                Vec::new(),
                Some(format!("your {} (a fit of them does go into a link)", count(samples.len(), "delay"))),
            );
        }
    }
    (vec![("own", text)], None)
}

fn read_samples(text: &str) -> Result<Rc<[u32]>, String> {
    let mut all = Vec::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (number, times) = part.split_once('*').unwrap_or((part, "1"));
        match (micros(number), times.parse::<usize>()) {
            (Some(delay), Ok(times)) if times <= MOST_DELAYS - all.len() => {
                all.extend(std::iter::repeat_n(delay, times));
            }
            _ => {
                let limit = grouped(MOST_DELAYS as i64);
                return Err(format!(
                    "delays in ms such as 1.2,3.5*4 (3.5 four times), {limit} at most, were expected, not “{}”",
                    shorten(part)
                ));
            }
        }
    }
    match all.is_empty() {
        true => Err("delays in ms such as 1.2,3.5*4 were expected".into()),
        false => Ok(ascending(&all).into()),
    }
}

pub fn from_link(data: &mut Data, key: &str, value: &str) -> Option<Result<(), String>> {
    match key {
        "own" => Some(read_samples(value).map(|samples| (data.samples, data.fit) = (Some(samples), None))),
        "own-fit" => {
            let expected = "weight, xm, α and mean of a fit, such as 0.38,1.05,1.51,5.46, were expected";
            let fit = Mixture::read(value).ok_or_else(|| format!("{expected}, not “{}”", shorten(value)));
            Some(fit.map(|fit| (data.samples, data.fit) = (None, Some(fit))))
        }
        _ => None,
    }
}

/// The delay of every message; `None`: there are no data.
pub fn delay(data: &Data) -> Option<Delay> {
    match (&data.fit, &data.samples) {
        (Some(fit), _) => Some(fit.delay()),
        (None, Some(samples)) => Some(Delay::Samples(Rc::clone(samples))),
        (None, None) => None,
    }
}

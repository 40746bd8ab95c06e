//! What is drawn of a run besides the picture: latencies so far, and how many versions behind a read may be.

use super::World;
use crate::draw::chart::{Axis, Bar, Chart, Plot, Series};
use crate::draw::scene::Token;
use crate::models::quorum::pbs;
use crate::sim::chronicle::Chronicle;
use crate::sim::decimal::fixed;
use crate::sim::{MS, Micros, quantile};

/// An axis that finds its own ends and ticks.
pub(super) fn axis(label: &str, log: bool) -> Axis {
    Axis { label: label.into(), log, min: f64::NAN, max: f64::NAN, ticks: Vec::new() }
}

/// Versions back that k-staleness is shown for.
const BACK: u32 = 5;
/// Points of a curve of latencies.
const POINTS: usize = 60;

pub fn charts(world: &World) -> Vec<Chart> {
    let params = &world.setup.params;
    let n = params.copies().clamp(1, 9) as u32;
    let clamp = |v: i64| v.clamp(1, i64::from(n)) as u32;
    let behind = behind(n, clamp(params.r), clamp(params.w));
    let latencies = (world.stats.finished() >= 20).then(|| latencies(world));
    latencies.into_iter().chain(behind).collect()
}

/// k-staleness, the closed form: no delays are in it, only which replicas a read happens to ask.
fn behind(n: u32, r: u32, w: u32) -> Option<Chart> {
    (r + w <= n).then(|| {
        let bar = |k: u32| {
            let within = 1.0 - pbs::stale(n, r, w, k);
            let what = if k == 1 { "the latest version" } else { "versions" };
            let name = if k == 1 { what.into() } else { format!("one of the {k} latest {what}") };
            Bar { label: k.to_string(), value: within * 100.0, ink: Token::Blue, subject: None, name }
        };
        Chart {
            key: "behind",
            title: "In theory: reads that see one of the k latest versions".into(),
            note: format!(
                "1 − (C(N − W, R) / C(N, R))ᵏ = 1 − {}ᵏ, if a write stayed on its first W replicas",
                fixed(pbs::missed(n, r, w), 3)
            ),
            plot: Plot::Bars { bars: (1..=BACK).map(bar).collect(), mean: None, limit: None, unit: "%" },
        }
    })
}

/// The share of operations that took at most so long.
fn latencies(world: &World) -> Chart {
    let curve = |list: &Chronicle<u32>| -> Vec<(f64, f64)> {
        let sorted = quantile::sorted(&list.iter().map(|v| Micros::from(*v)).collect::<Vec<_>>());
        let at = |i: usize| Some((i, quantile::of_sorted(&sorted, i as f64 / POINTS as f64)?));
        let points = (1..=POINTS).filter_map(at);
        points.map(|(i, v)| (v as f64 / MS as f64, i as f64 * 100.0 / POINTS as f64)).collect()
    };
    let series = |name: &str, ink: Token, list: &Chronicle<u32>| Series {
        name: name.into(),
        ink,
        dashed: false,
        points: curve(list),
    };
    let stats = &world.stats;
    Chart {
        key: "latency",
        title: "Operations done within so many milliseconds".into(),
        note: "as their clients saw them; those that failed are not in it".into(),
        plot: Plot::Lines {
            x: Axis { min: 0.0, ..axis("ms", false) },
            y: Axis { min: 0.0, max: 100.0, ..axis("%", false) },
            series: vec![
                series("reads", Token::Blue, &stats.read_latency),
                series("writes", Token::Orange, &stats.write_latency),
            ],
            marks: Vec::new(),
        },
    }
}

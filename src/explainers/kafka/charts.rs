//! What is drawn of a run besides the pictures: lag, and what rebalances cost.

use super::tell::many;
use super::types::*;
use super::world::World;
use crate::draw::chart::{Axis, Bar, Chart, Plot, Series};
use crate::draw::scene::Token;
use crate::sim::{Micros, SECOND, order};

/// Partitions that have a curve of their own.
const CURVES: usize = 6;
/// Rebalances in the bars: the latest.
const LATEST: usize = 12;
/// Points of a curve, at most.
const POINTS: usize = 240;

/// An axis that finds its own ends and ticks.
fn axis(label: &str) -> Axis {
    Axis { label: label.into(), log: false, min: 0.0, max: f64::NAN, ticks: Vec::new() }
}

fn secs(at: Micros) -> f64 {
    at as f64 / SECOND as f64
}

pub fn charts(world: &World) -> Vec<Chart> {
    let mut charts = Vec::new();
    if world.stats.lag.len() > 1 {
        charts.push(lag(world));
    }
    if !world.rebalances.is_empty() {
        charts.push(unread(world));
        charts.push(moved(world));
    }
    charts
}

/// Records not yet committed: of all partitions, and of those that lag most now.
fn lag(world: &World) -> Chart {
    let stats = &world.stats;
    let every = stats.lag.len().div_ceil(POINTS).max(1);
    let points = stats.lag.iter().step_by(every).map(|(at, lag)| (secs(*at), f64::from(*lag))).collect();
    let whole = Series { name: "all".into(), ink: Token::Ink, dashed: false, points };
    let mut series = vec![whole];
    // Colours of their own: a reader may have several of them. Where each partition's lag is kept: the worst few by the area under their curves.
    let parts: Vec<PartId> = world.read_rows().collect();
    let area = |part: &PartId| -> u64 {
        let of = |sample: &std::rc::Rc<[u32]>| u64::from(sample.get(usize::from(*part)).copied().unwrap_or(0));
        u64::MAX - stats.lags.iter().map(of).sum::<u64>()
    };
    let few = parts.len() > 1 && stats.lags.last().is_some_and(|last| !last.is_empty());
    let worst = if few { CURVES } else { 0 };
    let order = order::order(&parts.iter().map(area).collect::<Vec<_>>());
    let mut chosen: Vec<PartId> =
        order.into_iter().take(worst).filter_map(|i| parts.get(i as usize).copied()).collect();
    chosen.sort_unstable();
    for (part, ink) in chosen.into_iter().zip(Token::HUES) {
        let value = |sample: &std::rc::Rc<[u32]>| f64::from(sample.get(usize::from(part)).copied().unwrap_or(0));
        let both = stats.lag.iter().zip(stats.lags.iter()).step_by(every);
        let points: Vec<(f64, f64)> = both.map(|((at, _), sample)| (secs(*at), value(sample))).collect();
        series.push(Series { name: world.part_name(part), ink, dashed: false, points });
    }
    Chart {
        key: "lag",
        title: "Lag: records not yet committed".into(),
        note: "every half second; what automatic commits have not yet covered counts, too".into(),
        plot: Plot::Lines { x: axis("s"), y: axis("records"), series, marks: Vec::new() },
    }
}

/// The latest rebalances with their numbers: generation or epoch at their end.
fn latest(world: &World) -> impl Iterator<Item = (String, &Rebalance)> {
    let first = world.rebalances.len().saturating_sub(LATEST);
    world.rebalances.from(first).map(|it| {
        let label = if it.ended.is_some() { it.to.to_string() } else { format!("{}…", it.from + 1) };
        (label, it)
    })
}

fn word(world: &World) -> &'static str {
    if world.params().modern() { "group epoch" } else { "generation" }
}

/// Partition-time without a reader, by rebalance.
fn unread(world: &World) -> Chart {
    let bars = latest(world).map(|(label, it)| Bar {
        name: format!("{}: {} stopped", it.cause, many(it.stopped as usize, "partition")),
        label,
        value: secs(it.unread),
        ink: Token::Orange,
        subject: None,
    });
    Chart {
        key: "unread",
        title: format!("Time without a reader, by {}", word(world)),
        note: "seconds, summed over all partitions: what each rebalance cost".into(),
        plot: Plot::Bars { bars: bars.collect(), mean: None, limit: None, unit: "s" },
    }
}

/// Partitions that changed hands beyond what had to, and those that had to.
fn moved(world: &World) -> Chart {
    let bars = latest(world).map(|(label, it)| Bar {
        name: format!("{}: {} moved, {} had to", it.cause, it.moved, it.least),
        label,
        value: f64::from(it.moved),
        ink: if it.moved > it.least { Token::Orange } else { Token::Blue },
        subject: None,
    });
    let least: u32 = latest(world).map(|(_, it)| it.least).sum();
    let all: u32 = latest(world).map(|(_, it)| it.moved).sum();
    Chart {
        key: "moved",
        title: format!("Partitions moved, by {}", word(world)),
        note: format!("{all} in all, where {least} had to; orange: more than had to"),
        plot: Plot::Bars { bars: bars.collect(), mean: None, limit: None, unit: "" },
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::tests::world;
    use super::super::{Action, Data, Params, World};
    use super::*;
    use crate::draw::chart;
    use crate::explainers::Knobs;

    #[test]
    fn each_chart_says_what_the_run_was() {
        let run = world(&[("rate", "40")], &[(5.0, Action::Join), (12.0, Action::Leave(1))], 20.0);
        let charts = charts(&run);
        assert_eq!(charts.iter().map(|it| it.key).collect::<Vec<_>>(), ["lag", "unread", "moved"]);
        let Plot::Lines { series, .. } = &charts[0].plot else { panic!("lag is curves") };
        // Every sample's total is the sum of all partitions.
        let totals: Vec<f64> = series[0].points.iter().map(|point| point.1).collect();
        let sums: Vec<f64> = run.stats.lags.iter().map(|lags| lags.iter().map(|lag| f64::from(*lag)).sum()).collect();
        assert_eq!(totals, sums);
        assert_eq!(series.len(), 1 + 6);
        let Plot::Bars { bars, .. } = &charts[1].plot else { panic!("unread time is bars") };
        assert_eq!(bars.len(), run.rebalances.len());
        assert!(bars.iter().all(|bar| bar.value > 0.0), "eager: everything stops");
        for chart in &charts {
            for (width, height) in [(320.0, 190.0), (560.0, 190.0)] {
                assert!(!chart::draw(chart, width, height, None).base.items.is_empty());
            }
        }
    }

    #[test]
    fn before_anything_there_is_nothing_to_chart() {
        let run = World::build(&<Params as Knobs>::new(), 1, &Data::default());
        assert!(charts(&run).is_empty());
    }
}

//! What a run says in numbers, as tables for other programs.

use super::super::{Player, Table, Tone, Verdict};
use crate::draw::chart::{Chart, Plot};
use crate::sim::{decimal, time};

/// The runs of the page: one without a name, or two that are compared.
pub type Runs<'a> = [(&'a str, &'a dyn Player)];

fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.iter().map(|cell| cell.to_string()).collect()
}

/// The rows of every run under one head; where there are two, each says whose it is.
fn table<const N: usize>(runs: &Runs, head: [&str; N], of: impl Fn(&dyn Player) -> Vec<Vec<String>>) -> Table {
    let many = runs.len() > 1;
    let named = |name: &str, row: Vec<String>| match many {
        true => std::iter::once(name.to_string()).chain(row).collect(),
        false => row,
    };
    let rows = runs.iter().flat_map(|(name, player)| of(*player).into_iter().map(|row| named(name, row)));
    Table { rows: rows.collect(), head: named("run", cells(head)) }
}

/// A number as other programs read it, from one as people do: 12,345 and −3.
fn plain(text: &str) -> String {
    let text: String = text.chars().filter(|c| *c != ',').map(|c| if c == '−' { '-' } else { c }).collect();
    text
}

/// A number with up to nine decimals, as few as it has.
fn number(v: f64) -> String {
    let text = decimal::fixed(v, 9);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text,
    }
}

/// Figures and checks at this moment. A figure is the one that the page shows, and the number behind it.
pub fn figures(runs: &Runs) -> Table {
    table(runs, ["time_s", "kind", "key", "value", "unit", "what", "since_s"], |player| {
        let now = time::seconds(player.now());
        let readouts = player.readouts().into_iter().filter(|it| !it.label.is_empty()).map(|it| {
            // What is a number on the page is one here.
            let value = match decimal::parse(&plain(&it.text)) {
                Some(_) => plain(&it.text),
                None => it.text,
            };
            let unit = if it.value.is_some() { it.unit } else { "" };
            cells([&now, "figure", it.key, &value, unit, &it.label, ""])
        });
        let checks = player.checks().into_iter().map(|check| {
            let (value, since) = match check.verdict {
                Verdict::Holds => ("holds", String::new()),
                Verdict::Broken(at, _) => ("broken", time::seconds(at)),
            };
            cells([&now, "check", check.key, value, "", check.claim, &since])
        });
        readouts.chain(checks).collect()
    })
}

/// What happened up to this moment.
pub fn events(runs: &Runs) -> Table {
    table(runs, ["time_s", "what", "detail", "tone", "about"], |player| {
        let row = |event: &super::super::Event| {
            let tone = match event.tone {
                Tone::Plain => "",
                Tone::Warn => "warning",
                Tone::Bad => "broken",
            };
            let about = event.subject.and_then(|subject| player.name(subject)).unwrap_or_default();
            cells([&time::seconds(event.at), &event.head, &event.text, tone, &about])
        };
        player.events().iter().map(row).collect()
    })
}

/// What the charts show: a row a point.
pub fn charts(runs: &Runs) -> Table {
    table(runs, ["chart", "series", "x", "y", "x_is", "y_is"], |player| {
        player.charts().iter().flat_map(points).collect()
    })
}

fn points(chart: &Chart) -> Vec<Vec<String>> {
    let row = |series: &str, x: &str, y: &str, of: (&str, &str)| cells([&chart.title, series, x, y, of.0, of.1]);
    let line = |name: &str, points: &[(f64, f64)], of: (&str, &str)| {
        points.iter().map(|(x, y)| row(name, &number(*x), &number(*y), of)).collect::<Vec<_>>()
    };
    match &chart.plot {
        Plot::Bars { bars, mean, limit, unit } => {
            let bar = bars.iter().map(|bar| row(&bar.label, "", &number(bar.value), ("", unit)));
            let mean = mean.iter().map(|mean| row("mean", "", &number(*mean), ("", unit)));
            let limit = limit.iter().map(|(limit, name)| row(name, "", &number(*limit), ("", unit)));
            bar.chain(mean).chain(limit).collect()
        }
        Plot::Lines { x, y, series, marks } => {
            let of = (x.label.as_str(), y.label.as_str());
            let lines = series.iter().flat_map(|series| line(&series.name, &series.points, of));
            lines.chain(marks.iter().flat_map(|mark| line(&mark.label, &[(mark.x, mark.y)], of))).collect()
        }
        Plot::Curves { x, y, curves, .. } => {
            let of = (x.label.as_str(), y.label.as_str());
            curves.iter().flat_map(|curve| line(&curve.name, &curve.points, of)).collect()
        }
        Plot::Grid { heads, cells: all } => {
            let columns = heads.across.len().max(1);
            let place = |i: usize| (heads.across.get(i % columns), heads.down.get(i / columns));
            let cell = |(i, cell): (usize, &crate::draw::chart::Cell)| {
                let (across, down) = place(i);
                let (across, down) = (across.map_or("", String::as_str), down.map_or("", String::as_str));
                row(down, across, &cell.lines.join("; "), ("", ""))
            };
            all.iter().enumerate().map(cell).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explainers::find;
    use crate::link;

    fn player(fragment: &str) -> Box<dyn Player> {
        let (link, bad) = link::parse(fragment);
        assert!(bad.is_empty());
        let (player, bad) = (find(&link.slug).expect("an explainer").open)(&link);
        assert!(bad.is_empty());
        player
    }

    const BROKEN: &str = "#/quorum?w=1&r=1&do=1ms:write(1,x);5ms:cut(AB);12ms:read(2,x)&t=30ms";

    #[test]
    fn figures_are_those_of_the_page() {
        let player = player(BROKEN);
        let table = figures(&[("", &*player)]);
        for readout in player.readouts().into_iter().filter(|it| !it.label.is_empty()) {
            let row = table.rows.iter().find(|row| row[2] == readout.key).expect("each has a row");
            assert_eq!((row[0].as_str(), row[1].as_str(), &row[5]), ("0.03", "figure", &readout.label));
            assert!(row[3] == readout.text || decimal::parse(&row[3]).is_some(), "{row:?}");
        }
        for check in player.checks() {
            let row = table.rows.iter().find(|row| row[1] == "check" && row[2] == check.key).expect("each has a row");
            let broken = check.verdict != Verdict::Holds;
            assert_eq!((row[3] == "broken", row[6].is_empty()), (broken, !broken), "{row:?}");
        }
    }

    #[test]
    fn events_and_charts_have_a_row_each() {
        for fragment in
            [BROKEN, "#/hash-ring?do=2s:add;5s:crash(3)&t=6.2", "#/kafka?do=9s:crash(2)&t=20", "#/cache?t=9"]
        {
            let player = player(fragment);
            assert_eq!(events(&[("", &*player)]).rows.len(), player.events().len(), "{fragment}");
            let table = charts(&[("", &*player)]);
            for chart in player.charts() {
                assert!(table.rows.iter().any(|row| row[0] == chart.title), "{fragment}: {}", chart.title);
            }
            for row in &table.rows {
                assert!(row[3].is_empty() || decimal::parse(&row[3]).is_some() || row[4].is_empty(), "{row:?}");
            }
        }
    }

    #[test]
    fn compared_runs_say_whose_a_row_is() {
        let (a, b) = (player("#/quorum"), player("#/quorum?w=1"));
        let table = figures(&[("A", &*a), ("B: W: 1", &*b)]);
        assert_eq!(table.head[0], "run");
        assert!(table.rows.iter().all(|row| row.len() == table.head.len()));
        assert!(table.rows.iter().any(|row| row[0] == "A") && table.rows.iter().any(|row| row[0] == "B: W: 1"));
    }

    #[test]
    fn numbers_are_for_programs() {
        assert_eq!(
            (plain("−12,345.6"), number(0.25), number(3.0), number(1e-9)),
            ("-12345.6".into(), "0.25".into(), "3".into(), "0.000000001".into())
        );
    }
}

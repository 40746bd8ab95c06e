use super::*;
use crate::draw::svg::svg;
use crate::draw::theme::Theme;
use proptest::prelude::*;

fn subject(id: u32) -> Option<Subject> {
    Some(Subject { kind: "server", id })
}

fn bars(values: &[f64]) -> Chart {
    let bars = values.iter().enumerate().map(|(i, value)| Bar {
        label: (i + 1).to_string(),
        value: *value,
        ink: Token::HUES[i % 7],
        subject: subject(i as u32 + 1),
        name: format!("cache-{}", i + 1),
    });
    let plot = Plot::Bars { bars: bars.collect(), mean: Some(167.0), limit: None, unit: "keys" };
    Chart { key: "load", title: "Keys per server".into(), note: String::new(), plot }
}

fn still() -> Chart {
    bars(&[161.0, 171.0, 148.0, 223.0, 129.0, 168.0])
}

fn spread() -> Chart {
    let points = (0..60).map(|i| {
        let x = libm::pow(10.0, f64::from(i) / 59.0 * 3.0);
        (x, (1.0 / libm::sqrt(x)) * (1.0 + 0.06 * libm::sin(f64::from(i) * 1.7)))
    });
    let theory = (0..60).map(|i| libm::pow(10.0, f64::from(i) / 59.0 * 3.0)).map(|x| (x, 1.0 / libm::sqrt(x)));
    let x = Axis {
        label: "points per server".into(),
        log: true,
        min: 1.0,
        max: 1000.0,
        ticks: [1, 10, 100, 1000].map(|v| (f64::from(v), figure(f64::from(v)))).to_vec(),
    };
    let y = Axis {
        label: String::new(),
        log: false,
        min: 0.0,
        max: 1.05,
        ticks: [0, 25, 50, 75, 100].map(|v| (f64::from(v) / 100.0, format!("{v}%"))).to_vec(),
    };
    let series = vec![
        Series { name: "spread".into(), ink: Token::Blue, dashed: false, points: points.collect() },
        Series { name: "1/√points".into(), ink: Token::Soft, dashed: true, points: theory.collect() },
    ];
    let mark =
        Mark { x: 16.0, y: 0.25, ink: Token::Blue, label: "16 points: 25%".into(), hollow: false, subject: None };
    let plot = Plot::Lines { x, y, series, marks: vec![mark] };
    Chart { key: "spread", title: "Spread against points per server".into(), note: String::new(), plot }
}

fn texts(scene: &Scene) -> Vec<&Shape> {
    scene.shapes().filter(|s| matches!(s, Shape::Text { .. })).collect()
}

fn said(scene: &Scene) -> Vec<&str> {
    let all = scene.shapes().filter_map(|s| if let Shape::Text { text, .. } = s { Some(text.as_str()) } else { None });
    all.collect()
}

/// Everything in the frame, nothing too small to read, no two texts on one another.
fn check(scene: &Scene) -> Result<(), TestCaseError> {
    for shape in scene.shapes() {
        let (x0, y0, x1, y1) = shape.bounds();
        let inside = x0 >= -1.0 && y0 >= -1.0 && x1 <= scene.width + 1.0 && y1 <= scene.height + 1.0;
        prop_assert!(inside, "{:?} leaves {} × {}", shape, scene.width, scene.height);
        if let Shape::Text { size, .. } = shape {
            prop_assert!(*size >= 12.0);
        }
    }
    let texts = texts(scene);
    for (i, a) in texts.iter().enumerate() {
        for b in &texts[i + 1..] {
            prop_assert!(!overlap(a.bounds(), b.bounds(), -0.5), "{:?} on {:?}", a, b);
        }
    }
    Ok(())
}

#[test]
fn bars_are_as_in_the_still() {
    let scene = draw(&still(), 380.0, 170.0, None);
    assert_eq!(said(&scene)[..6], ["161", "171", "148", "223", "129", "168"]);
    let hits: Vec<&str> = scene.hits().map(|(_, hit)| hit.label.as_str()).collect();
    assert!(hits.contains(&"cache-4: 223 keys"));
    let dotted = |s: &Shape| matches!(s, Shape::Line { stroke, .. } if stroke.dash == Some((2.0, 3.0)));
    assert_eq!(scene.shapes().filter(|s| dotted(s)).count(), 1);
}

#[test]
fn focus_fades_the_others_only_if_it_is_here() {
    let alphas = |focus| {
        let scene = draw(&still(), 380.0, 170.0, focus);
        let fills = scene.shapes().filter_map(|s| if let Shape::Path { fill, .. } = s { *fill } else { None });
        fills.map(|ink| ink.alpha).collect::<Vec<_>>()
    };
    assert_eq!(alphas(subject(4)), [90, 90, 90, 255, 90, 90]);
    assert_eq!(alphas(subject(99)), [255; 6]);
    assert_eq!(alphas(None), [255; 6]);
}

#[test]
fn a_thousand_bars_get_an_axis_and_no_values() {
    let values: Vec<f64> = (0..1000).map(|i| f64::from(i % 37)).collect();
    for width in [320.0, 900.0] {
        let scene = draw(&bars(&values), width, 170.0, subject(500));
        assert!(scene.shapes().count() < 2100);
        assert!(said(&scene).contains(&"500"), "the focused one keeps its name");
        assert!(said(&scene).contains(&"keys"));
    }
}

#[test]
fn the_curve_goes_through_plotters_and_the_mark_lies_on_it() {
    let Plot::Lines { x, y, marks, .. } = spread().plot else { return };
    let at = (marks[0].x, marks[0].y);
    let series = vec![Series { name: String::new(), ink: Token::Red, dashed: false, points: vec![(1.0, 0.0), at] }];
    let chart =
        Chart { key: "k", title: String::new(), note: String::new(), plot: Plot::Lines { x, y, series, marks } };
    let scene = draw(&chart, 380.0, 170.0, None);
    let end = scene.shapes().find_map(|s| match s {
        Shape::Path { segs, .. } => segs.last().copied(),
        _ => None,
    });
    let dot = scene.shapes().find_map(|s| if let Shape::Circle { x, y, .. } = s { Some((*x, *y)) } else { None });
    let (Some(super::super::scene::Seg::Line(a, b)), Some((x, y))) = (end, dot) else { panic!("{end:?} {dot:?}") };
    assert!((a - x).abs() < 0.2 && (b - y).abs() < 0.2, "{a} {b} {x} {y}");
    let words = said(&scene);
    for label in ["0%", "100%", "1", "1,000", "16 points: 25%", "points per server"] {
        assert!(words.contains(&label), "{label} in {words:?}");
    }
}

#[test]
fn words_say_what_is_seen() {
    assert_eq!(
        describe(&still()),
        "Keys per server: 6 bars, from 129 keys (cache-5) to 223 keys (cache-4); the mean is 167 keys."
    );
    assert_eq!(
        describe(&spread()),
        "Spread against points per server: spread falls from 100% to 3.12% while points per server \
         goes from 1 to 1,000; a dashed line shows 1/√points. Marked: 16 points: 25%."
    );
    assert_eq!(describe(&bars(&[])), "Keys per server: nothing measured yet.");
}

/// Pictures for the eye: `LOOK=dir cargo test look`.
#[test]
fn look() {
    let Ok(dir) = std::env::var("LOOK") else { return };
    let mut limit = still();
    if let Plot::Bars { limit, .. } = &mut limit.plot {
        *limit = Some((200.0, "the most one can hold: 200".into()));
    }
    let many: Vec<f64> = (0..40).map(|i| 12_000.0 + 9000.0 * libm::sin(f64::from(i))).collect();
    let very: Vec<f64> = (0..1000).map(|i| 500.0 + 300.0 * libm::sin(f64::from(i) * 0.9)).collect();
    let mut several = spread();
    if let Plot::Lines { series, marks, y, .. } = &mut several.plot {
        let curve = |name: &str, ink, by: f64| Series {
            name: name.into(),
            ink,
            dashed: false,
            points: (0..30).map(|i| f64::from(i) / 29.0 * 3.0).map(|p| (libm::pow(10.0, p), by / (p + 1.0))).collect(),
        };
        series.extend([
            curve("Ring", Token::Orange, 0.9),
            curve("Jump", Token::Green, 0.85),
            curve("Maglev", Token::Pink, 0.3),
        ]);
        marks.push(Mark {
            x: 1000.0,
            y: 0.9,
            ink: Token::Red,
            label: "broken here".into(),
            hollow: true,
            subject: subject(1),
        });
        y.label = "spread".into();
    }
    let charts = [
        ("bars", still(), None),
        ("focus", still(), subject(4)),
        ("limit", limit, None),
        ("many", bars(&many), None),
        ("very", bars(&very), subject(500)),
        ("below", bars(&[-20.0, 30.0, 160.0, 0.0, 175.0, -90.0]), None),
        ("curve", spread(), None),
        ("several", several, subject(1)),
    ];
    let mut page = String::new();
    for theme in [Theme::Light, Theme::Dark] {
        for width in [280.0, 380.0, 800.0] {
            page += &format!("<section style='width:{width}px;background:{}'>", theme.css(Token::Paper.into()));
            for (_, chart, focus) in &charts {
                page += &svg(&draw(chart, width - 20.0, 150.0, *focus), theme, &describe(chart));
            }
            page += "</section>";
        }
    }
    let head = "<!doctype html><meta charset=utf-8><style>body{margin:0;display:flex;flex-wrap:wrap}section{padding:10px;\
                box-sizing:border-box}svg{display:block;margin-bottom:10px}</style>";
    std::fs::write(format!("{dir}/charts.html"), format!("{head}{page}")).expect("written");
}

fn wild() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => -1000.0..1e6f64,
        1 => Just(0.0),
        1 => proptest::sample::select(vec![
            f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 1e-300, -0.0, 1e15, 3e-9,
        ]),
    ]
}

fn label() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z]{1,8}-[0-9]{1,3}", ".{0,60}", "[W]{0,90}"]
}

prop_compose! {
    fn axis()(label in label(), log: bool, min in wild(), max in wild(),
              ticks in proptest::collection::vec((wild(), label()), 0..12)) -> Axis {
        Axis { label, log, min, max, ticks }
    }
}

fn plot() -> impl Strategy<Value = Plot> {
    let count = prop_oneof![0..12usize, 12..80usize, 900..1100usize];
    let bars = count.prop_flat_map(|n| {
        let bar = (label(), wild()).prop_map(|(label, value)| Bar {
            name: label.clone(),
            label,
            value,
            ink: Token::Sky,
            subject: subject(value.abs() as u32 % 5),
        });
        let limit = proptest::option::of((wild(), label()));
        (
            proptest::collection::vec(bar, n),
            proptest::option::of(wild()),
            limit,
            prop_oneof![Just("keys"), Just("%"), Just("")],
        )
            .prop_map(|(bars, mean, limit, unit)| Plot::Bars { bars, mean, limit, unit })
    });
    let points = || proptest::collection::vec((wild(), wild()), 0..40);
    let series = (label(), any::<bool>(), points()).prop_map(|(name, dashed, points)| Series {
        name,
        ink: Token::Green,
        dashed,
        points,
    });
    let mark = (wild(), wild(), label(), any::<bool>()).prop_map(|(x, y, label, hollow)| Mark {
        x,
        y,
        ink: Token::Red,
        label,
        hollow,
        subject: subject(u32::from(hollow)),
    });
    let lines = (axis(), axis(), proptest::collection::vec(series, 0..6), proptest::collection::vec(mark, 0..6))
        .prop_map(|(x, y, series, marks)| Plot::Lines { x, y, series, marks });
    prop_oneof![bars, lines]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_measured_stays_in_the_frame(plot in plot(), w in 260.0f32..900.0, h in 100.0f32..420.0, focus in 0..6u32) {
        let chart = Chart { key: "any", title: String::new(), note: String::new(), plot };
        let scene = draw(&chart, w, h, subject(focus));
        check(&scene)?;
        prop_assert!(!describe(&chart).is_empty());
    }

    #[test]
    fn no_size_panics(plot in plot(), w: f32, h: f32) {
        let chart = Chart { key: "any", title: String::new(), note: String::new(), plot };
        draw(&chart, w, h, None);
        draw(&chart, w.abs() % 300.0, h.abs() % 300.0, None);
    }

    #[test]
    fn ordinary_charts_fit_every_width(w in 260.0f32..900.0, n in 1usize..60) {
        let values: Vec<f64> = (0..n).map(|i| 100_000.0 / n as f64 * (1.0 + 0.3 * libm::sin(i as f64))).collect();
        check(&draw(&bars(&values), w, 170.0, subject(2)))?;
        check(&draw(&spread(), w, 170.0, None))?;
        check(&draw(&still(), w, 170.0, None))?;
    }
}

#[test]
fn a_grid_keeps_its_figures_in_their_cells() {
    let cell = |i: usize| Cell {
        lines: vec![format!("{i}.5 ms"), "12.3% stale".into(), "100% answered".into()],
        heat: i as f64 / 8.0,
        here: i == 4,
        name: format!("cell {i}"),
    };
    let heads = |n: usize| Heads {
        across: (1..=n).map(|w| format!("W = {w}")).collect(),
        down: (1..=n).map(|r| format!("R = {r}")).collect(),
    };
    for (n, width) in [(1, 320.0), (3, 300.0), (7, 320.0), (7, 900.0)] {
        let cells = (0..n * n).map(cell).collect();
        let plot = Plot::Grid { heads: heads(n), cells };
        let chart = Chart { key: "grid", title: "Every R and W".into(), note: String::new(), plot };
        let scene = draw(&chart, width, height(&chart), None);
        for item in &scene.base.items {
            let (x0, y0, x1, y1) = item.shape.bounds();
            assert!(x0 >= -0.5 && y0 >= -0.5 && x1 <= width + 0.5 && y1 <= scene.height + 0.5, "{:?}", item.shape);
        }
        assert!(describe(&chart).contains("cell 0"));
    }
}

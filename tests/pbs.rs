//! Staleness as published by Bailis et al. (PVLDB 5(8), 2012) and as recomputed from their parameters and program.

use moving_parts::models::quorum::pbs::{Config, Fitted, Legs, Trials, stale};
use moving_parts::sim::Delay;
use moving_parts::sim::random::stream;
use serde_json::Value;

fn truth() -> Value {
    serde_json::from_str(include_str!("truth/pbs.json")).expect("pbs")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn real(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn small(value: &Value) -> u8 {
    value.as_u64().expect("a number") as u8
}

fn run(config: Config, trials: u32) -> Trials {
    let mut all = Trials::new(config, trials, 7);
    assert!(all.step(trials));
    all
}

/// The truth file's name of a model; its row YMMR has the printed α.
fn fitted(model: &str) -> Option<Fitted> {
    Some(match model {
        "LNKD-SSD" => Fitted::LnkdSsd,
        "LNKD-DISK" => Fitted::LnkdDisk,
        "YMMR_code_alpha3.5" => Fitted::Ymmr,
        "YMMR" => Fitted::YmmrPrinted,
        "WAN" => Fitted::Wan,
        _ => return None,
    })
}

fn assert_near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found / expected - 1.0).abs() < tolerance, "{what}: {found}, expected {expected}");
}

/// The 2.5, 50 and 97.5% quantiles of the t that the paper's way of looking for it finds: the first step of the grid at which, of
/// 50,000 fresh reads, at most 50 are stale. Those are drawn from the trials' own shares of stale reads.
fn published_way(trials: &Trials, r: u8, w: u8, grid: f64) -> [f64; 3] {
    let mut chance = stream(1, "published way");
    // Above this share of stale reads 50 or fewer of 50,000 are stale less than once in 10^9 searches.
    let first = (0..).find(|i| trials.consistent(r, w, f64::from(*i) * grid) > 0.9975).unwrap_or(0);
    let mut found: Vec<f64> = (0..400)
        .map(|_| {
            let mut step = first;
            loop {
                let share = 1.0 - trials.consistent(r, w, f64::from(step) * grid);
                // The number of stale reads, by the geometric gaps between them.
                let (mut reads, mut stale) = (0.0, 0);
                while stale <= 50 {
                    reads += libm::ceil(libm::log(chance.unit()) / libm::log1p(-share));
                    if reads > 50_000.0 {
                        return f64::from(step) * grid;
                    }
                    stale += 1;
                }
                step += 1;
            }
        })
        .collect();
    found.sort_by(f64::total_cmp);
    [found[9], found[199], found[390]]
}

fn assert_model(model: &str, trials: u32) {
    let file = truth();
    let trials = run(fitted(model).expect("a model").config(3), trials);
    let mut rows = 0;
    for row in list(&file["table"]).iter().filter(|row| row["model"] == model) {
        rows += 1;
        let (r, w, mc) = (small(&row["R"]), small(&row["W"]), &row["mc"]);
        let what = |of: &str| format!("{model} R={r} W={w} {of}");
        // The file's own tolerances (`how_to_test`).
        let tail = w == 3 || model == "WAN" && w == 1;
        assert_near(trials.read_latency(r, 0.999), real(&mc["Lr"]), 0.03, &what("Lr"));
        assert_near(trials.write_latency(w, 0.999), real(&mc["Lw"]), if tail { 0.06 } else { 0.03 }, &what("Lw"));
        let (now, expected) = (trials.consistent(r, w, 0.0), real(&mc["p_consistent_at_0"]));
        assert!((now - expected).abs() < 0.003, "{}: {now}, expected {expected}", what("p at 0"));
        let (t, expected) = (trials.visible_after(r, w, 0.999), real(&mc["t"]));
        if expected == 0.0 {
            assert_eq!(t, 0.0, "{}", what("t"));
        } else {
            assert_near(t, expected, 0.03, &what("t"));
        }
        // The published numbers themselves, which have a sampling error of their own (a million samples); the printed α
        // of YMMR is known not to give them.
        let published = &row["published"];
        if model != "YMMR" {
            assert_near(trials.read_latency(r, 0.999), real(&published["Lr"]), 0.05, &what("published Lr"));
            let found = trials.write_latency(w, 0.999);
            assert_near(found, real(&published["Lw"]), if tail { 0.08 } else { 0.05 }, &what("published Lw"));
        }
        let Some(band) = row["paper_estimator_t_2.5_50_97.5"].as_array() else { continue };
        let band: Vec<f64> = band.iter().map(real).collect();
        let grid = if model.starts_with("YMMR") {
            1.0
        } else if r == 1 && model == "LNKD-SSD" {
            0.01
        } else {
            0.1
        };
        let ours = published_way(&trials, r, w, grid);
        for (ours, band) in ours.iter().zip(&band) {
            // 5% or two steps of the grid: the ends of a band are themselves known to a few per cent.
            assert!((ours - band).abs() <= (band * 0.05).max(2.0 * grid), "{}: {ours} {band}", what("estimator"));
        }
        let t = real(&published["t"]);
        if row["published_t_inside_estimator_95"] == true {
            // The trials know the tail to 3%, hence the band.
            let inside = ours[0] * 0.97 - grid <= t && t <= ours[2] * 1.03 + grid;
            assert!(inside, "{}: {t} in {ours:?}", what("published t"));
        }
    }
    assert_eq!(rows, 6);
}

#[test]
fn lnkd_ssd() {
    assert_model("LNKD-SSD", 1_000_000);
}

#[test]
#[ignore = "a quarter of a minute or more; `cargo xtask test` runs it"]
fn lnkd_disk() {
    // Its tail has α = 1.51: a million trials know the 99.9th percentile to 2% only.
    assert_model("LNKD-DISK", 2_000_000);
}

#[test]
#[ignore = "a quarter of a minute or more; `cargo xtask test` runs it"]
fn ymmr() {
    assert_model("YMMR", 2_000_000);
    assert_model("YMMR_code_alpha3.5", 2_000_000);
}

#[test]
#[ignore = "a quarter of a minute or more; `cargo xtask test` runs it"]
fn wan() {
    assert_model("WAN", 2_000_000);
}

/// The model's parameters are the published ones.
#[test]
fn parameters() {
    let file = truth();
    let published = &file["parameters_published"];
    let delay = |of: &Value| {
        let (pareto, exponential) = (&of["pareto"], &of["exponential"]);
        assert!((real(&pareto["weight"]) + real(&exponential["weight"]) - 1.0).abs() < 1e-9);
        let [weight, xm, alpha] = ["weight", "xm", "alpha"].map(|key| real(&pareto[key]));
        Delay::pareto_and_exponential(weight, xm, alpha, real(&exponential["lambda"]))
    };
    let ssd = delay(&published["LNKD-SSD"]["W=A=R=S"]);
    assert_eq!(Fitted::LnkdSsd.legs(), Legs::new(ssd.clone(), ssd.clone()));
    assert_eq!(Fitted::LnkdDisk.legs(), Legs::new(delay(&published["LNKD-DISK"]["W"]), ssd));
    assert_eq!(Fitted::Wan.legs(), Fitted::LnkdDisk.legs());
    let ymmr = &published["YMMR"];
    assert_eq!(Fitted::YmmrPrinted.legs(), Legs::new(delay(&ymmr["W"]), delay(&ymmr["A=R=S"])));
}

#[test]
#[ignore = "a quarter of a minute or more; `cargo xtask test` runs it"]
fn values_in_the_text() {
    let file = truth();
    let exponential = |lambda| Delay::Exponential { mean: 1.0 / lambda };
    let mut seen = 0;
    for row in list(&file["text_values"]) {
        let (model, what) = (row["model"].as_str().expect("a name"), row.to_string());
        let n = row.get("N").map_or(3, small);
        let config = match (fitted(model), model) {
            (Some(fitted), _) => fitted.config(n),
            (_, "LNKD-DISK writes") => Fitted::LnkdDisk.config(n),
            (_, "exponential W lambda=4, A=R=S lambda=1") => {
                Config { n, legs: Legs::new(exponential(4.0), exponential(1.0)), far: 0.0 }
            }
            (_, "exponential W lambda=0.1, A=R=S lambda=1") => {
                Config { n, legs: Legs::new(exponential(0.1), exponential(1.0)), far: 0.0 }
            }
            (_, other) => panic!("{other}"),
        };
        // A share is known to 0.001 from far fewer trials than a tail.
        let trials = run(config, if row.get("t_ms").is_some() { 250_000 } else { 1_000_000 });
        let mut near = |key: &str, found: f64| {
            if let Some(expected) = row.get(key) {
                seen += 1;
                assert_near(found, real(expected), 0.03, &what);
            }
        };
        near("mc_t999", trials.visible_after(1, 1, 0.999));
        near("mc_read_median", trials.read_latency(1, 0.5));
        near("mc_write_median", trials.write_latency(1, 0.5));
        near("mc_p999", trials.write_latency(1, 0.999));
        near("published_median_ms", trials.write_latency(1, 0.5));
        if row.get("published_t999_ms").is_some() && row.get("mc").is_some() {
            near("mc", trials.visible_after(1, 1, 0.999));
        }
        for (t, key) in [(row.get("t_ms").map_or(0.0, real), "mc"), (0.0, "mc_p_at_0")] {
            if let Some(expected) = row.get(key).filter(|_| key != "mc" || row.get("t_ms").is_some()) {
                seen += 1;
                let found = trials.consistent(1, 1, t);
                assert!((found - real(expected)).abs() < 0.003, "{what}: {found}");
            }
        }
    }
    assert_eq!(seen, 22);
}

#[test]
fn k_staleness() {
    let file = truth();
    let cases = list(&file["k_staleness"]["cases"]);
    assert_eq!(cases.len(), 14);
    for case in cases {
        let [n, r, w, k] = ["N", "R", "W", "k"].map(|key| u32::from(small(&case[key])));
        let (found, expected) = (stale(n, r, w, k), real(&case["p_stale"]));
        assert!((found - expected).abs() <= 1e-12 * expected, "{case}: {found}");
        assert!((1.0 - found - real(&case["p_fresh_within_k"])).abs() < 1e-12, "{case}");
    }
}

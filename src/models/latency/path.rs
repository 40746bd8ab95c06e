//! The path of a request as a text: one step a line, what is indented under a line belongs to it.
//!
//! - `name lookup 1..30 ms`: a step and how long it takes. One time: always that. `a..b`: log-uniform, never less and
//!   never more. `10 ms p99 60 ms`: log-normal with this median and this 99th percentile. Times may be added: `2 ms +
//!   proxy`. Units are ns, µs (or us), ms, s, min.
//! - `cache: memory read`: a number of the table by its name.
//! - `cable: fibre Amsterdam – New York, round trip`: what light needs for the great circle. One way unless it says so.
//! - `3 × query`, or `3 ×:` with lines under it: one after the other.
//! - `all of 100 × 10 ms p99 60 ms`, `first of 2 × …`, `2 of 3 × …`: at once, waiting for all, for the first, for two.
//!   Ending in `:` instead: so many copies of the lines under it. Without a number, `all of:` or `first of:`, each line
//!   under it is a branch of its own.
//! - `cache 0.5 ms, hit 90%, else:`: on a miss what is under it follows.
//! - `budget 200 ms`: what it may cost. `# …`: a note.

pub use super::read::time_ns;
use super::read::{self, Amount};
use super::sample::sorted;

pub const MOST_LINES: usize = 60;
/// Waits that one request may be made of.
pub const MOST_WAITS: f64 = 2_000.0;
/// So many times at most.
pub const MOST_TIMES: u32 = 100_000;

#[derive(Clone, Debug, PartialEq)]
pub enum Law {
    /// Always so long, in ns.
    Fixed(f64),
    /// Log-uniform: from, to, in ns.
    Between(f64, f64),
    /// Log-normal: the median and the 99th percentile, in ns.
    Tail(f64, f64),
}

/// The 99th percentile of the standard normal distribution.
pub const Z99: f64 = 2.326_347_874_040_841;

impl Law {
    /// The `p` quantile; for the log-normal the median and the 99th percentile only.
    pub fn quantile(&self, p: f64) -> f64 {
        match self {
            Law::Fixed(ns) => *ns,
            Law::Between(from, to) => from * libm::pow(to / from, p),
            Law::Tail(median, p99) => {
                if p > 0.5 {
                    *p99
                } else {
                    *median
                }
            }
        }
    }

    /// The `p` quantile, for any `p` between 0 and 1.
    pub fn at(&self, p: f64) -> f64 {
        match self {
            Law::Tail(_, p99) if p == 0.99 => *p99,
            Law::Tail(median, p99) => {
                let sigma = libm::log(p99 / median) / Z99;
                median * libm::exp((sigma * normal(p)).clamp(-600.0, 600.0))
            }
            _ => self.quantile(p),
        }
    }

    /// Never less than this.
    pub fn least(&self) -> f64 {
        match self {
            Law::Fixed(ns) | Law::Between(ns, _) => *ns,
            Law::Tail(..) => 0.0,
        }
    }
}

/// The `p` quantile of the standard normal distribution, off by less than 2 · 10⁻⁹ of itself (Acklam 2003).
pub fn normal(p: f64) -> f64 {
    const A: [f64; 6] = [
        -39.696_830_286_653_76,
        220.946_098_424_520_5,
        -275.928_510_446_968_7,
        138.357_751_867_269,
        -30.664_798_066_147_16,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -54.476_098_798_224_06,
        161.585_836_858_040_9,
        -155.698_979_859_886_6,
        66.801_311_887_719_72,
        -13.280_681_552_885_72,
        1.0,
    ];
    const C: [f64; 6] = [
        -0.007_784_894_002_430_293,
        -0.322_396_458_041_136_5,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] =
        [0.007_784_695_709_041_462, 0.322_467_129_070_039_8, 2.445_134_137_142_996, 3.754_408_661_907_416, 1.0];
    let of = |all: &[f64], x: f64| all.iter().fold(0.0, |sum, c| sum * x + c);
    let p = p.clamp(1e-300, 1.0 - f64::EPSILON / 2.0);
    let tail = |p: f64| {
        let x = libm::sqrt(-2.0 * libm::log(p));
        of(&C, x) / of(&D, x)
    };
    if p < 0.024_25 {
        tail(p)
    } else if p > 1.0 - 0.024_25 {
        -tail(1.0 - p)
    } else {
        let (x, square) = (p - 0.5, (p - 0.5) * (p - 0.5));
        x * of(&A, square) / of(&B, square)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// So many times one after the other. No line: it is what a line has many of.
    Wait {
        line: Option<usize>,
        times: u32,
        laws: Vec<Law>,
    },
    Hit {
        line: usize,
        times: u32,
        laws: Vec<Law>,
        share: f64,
        miss: Vec<Node>,
    },
    /// Copies of one body, or branches that are different; over when `need` of them are.
    Fan {
        line: usize,
        need: u32,
        of: u32,
        branches: Vec<Vec<Node>>,
    },
    Repeat {
        line: usize,
        times: u32,
        body: Vec<Node>,
    },
}

/// What is wrong in a line, and where: bytes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub from: usize,
    pub to: usize,
    pub why: String,
}

/// What a line is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A note, or nothing.
    Note,
    Budget(f64),
    Step,
    Faulty(Fault),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub kind: Kind,
    /// How deep it stands: 0 for the outermost.
    pub depth: usize,
    pub label: String,
    /// How it comes about, in words.
    pub working: String,
    pub doubt: Option<String>,
    /// It says to be sooner than light.
    pub too_fast: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    pub lines: Vec<Line>,
    pub body: Vec<Node>,
    /// In ns, and the line that says it.
    pub budget: Option<(f64, usize)>,
}

impl Path {
    pub fn read(text: &str) -> Path {
        let mut path = Path::default();
        let mut heads: Vec<Head> = Vec::new();
        for (line, text) in text.lines().enumerate() {
            let trimmed = text.trim();
            let indent = text.len() - text.trim_start().len();
            let indent = text.chars().take(indent).map(|c| if c == '\t' { 4 } else { 1 }).sum::<usize>();
            let fault = |why: &str| {
                let from = text.len() - text.trim_start().len();
                Kind::Faulty(Fault { from, to: from + trimmed.len(), why: why.into() })
            };
            let mut kept = Line {
                kind: Kind::Note,
                depth: 0,
                label: String::new(),
                working: String::new(),
                doubt: None,
                too_fast: false,
            };
            if trimmed.is_empty() || trimmed.starts_with('#') {
                path.lines.push(kept);
                continue;
            }
            if line >= MOST_LINES {
                kept.kind = fault("a path has at most 60 lines");
                path.lines.push(kept);
                continue;
            }
            while let Some(head) = heads.pop_if(|head| head.indent >= indent) {
                path.close(&mut heads, head);
            }
            let stray = indent > 0 && heads.is_empty() && path.lines.iter().any(|line| line.kind == Kind::Step);
            kept.depth = heads.len();
            match read::line(trimmed) {
                _ if stray => {
                    kept.kind = fault("what is indented belongs to a line that ends with “:”, and none above does")
                }
                Err((from, to, why)) => {
                    let start = text.len() - text.trim_start().len();
                    kept.kind = Kind::Faulty(Fault { from: start + from, to: start + to, why });
                }
                Ok(read::Read::Budget(ns)) => match path.budget {
                    Some(_) => kept.kind = fault("there is a budget already"),
                    None => {
                        path.budget = Some((ns, line));
                        kept.kind = Kind::Budget(ns);
                    }
                },
                Ok(read::Read::Step(step)) => {
                    kept.kind = Kind::Step;
                    kept.label = step.label.clone();
                    kept.working = step.working();
                    (kept.doubt, kept.too_fast) = read::doubt(&step);
                    if step.head {
                        let (from, to) = (text.len() - text.trim_start().len(), text.trim_end().len());
                        heads.push(Head { indent, line, step, body: Vec::new(), at: (from, to) });
                    } else {
                        let node = step.node(line);
                        path.put(&mut heads, node);
                    }
                }
            }
            path.lines.push(kept);
        }
        while let Some(head) = heads.pop() {
            path.close(&mut heads, head);
        }
        path.limit();
        path
    }

    fn put(&mut self, heads: &mut [Head], node: Node) {
        match heads.last_mut() {
            Some(head) => head.body.push(node),
            None => self.body.push(node),
        }
    }

    /// All that is under a line has been read.
    fn close(&mut self, heads: &mut [Head], head: Head) {
        let Head { line, step, body, at, .. } = head;
        if body.is_empty() {
            if let Some(line) = self.lines.get_mut(line) {
                let why = "nothing is indented under it".into();
                line.kind = Kind::Faulty(Fault { from: at.0, to: at.1, why });
            }
            return;
        }
        let node = match (step.share, step.many) {
            (Some(share), _) => Node::Hit { line, times: step.times, laws: step.laws, share, miss: body },
            (None, Amount::Fan { need, of: Some(of) }) => {
                Node::Fan { line, need: need.unwrap_or(of).min(of), of, branches: vec![body] }
            }
            (None, Amount::Fan { need, of: None }) => {
                let of = body.len() as u32;
                let branches = body.into_iter().map(|node| vec![node]).collect();
                Node::Fan { line, need: need.unwrap_or(of).min(of), of, branches }
            }
            (None, Amount::Once) => Node::Repeat { line, times: step.times, body },
        };
        self.put(heads, node);
    }

    /// Drops what would make one request of too many waits, and says so.
    fn limit(&mut self) {
        let mut all = 0.0;
        let mut kept = Vec::new();
        for node in std::mem::take(&mut self.body) {
            let more = node.waits();
            if all + more <= MOST_WAITS {
                all += more;
                kept.push(node);
            } else if let Some(line) = node.line().and_then(|line| self.lines.get_mut(line)) {
                let why = "one request would be made of more than 2,000 waits; this one is left out".to_string();
                line.kind = Kind::Faulty(Fault { from: 0, to: usize::MAX, why });
            }
        }
        self.body = kept;
    }

    /// A line’s own median and 99th percentile, where they are known without drawing.
    pub fn own(&self, line: usize) -> Option<(f64, f64)> {
        find(&self.body, line)
    }

    /// The `p` quantile of the whole request, where it is known without drawing.
    pub fn at(&self, p: f64) -> Option<f64> {
        body_at(&self.body, p)
    }

    /// What drawing one request costs where only its time is wanted.
    pub fn draws(&self) -> f64 {
        self.body.iter().map(Node::draws).sum()
    }

    /// Waits in one request, at most.
    pub fn waits(&self) -> f64 {
        self.body.iter().map(Node::waits).sum()
    }

    /// Whether two requests may take different times.
    pub fn varies(&self) -> bool {
        self.body.iter().any(Node::varies)
    }

    pub fn faults(&self) -> impl Iterator<Item = (usize, &Fault)> {
        self.lines.iter().enumerate().filter_map(|(i, line)| match &line.kind {
            Kind::Faulty(fault) => Some((i, fault)),
            _ => None,
        })
    }
}

/// A line whose indented lines are being read.
struct Head {
    indent: usize,
    line: usize,
    step: read::Step,
    body: Vec<Node>,
    at: (usize, usize),
}

impl Node {
    fn line(&self) -> Option<usize> {
        match self {
            Node::Wait { line, .. } => *line,
            Node::Hit { line, .. } | Node::Fan { line, .. } | Node::Repeat { line, .. } => Some(*line),
        }
    }

    fn varies(&self) -> bool {
        let chance = |laws: &[Law]| laws.iter().any(|law| !matches!(law, Law::Fixed(_)));
        match self {
            Node::Wait { laws, .. } => chance(laws),
            Node::Hit { laws, share, miss, .. } => {
                chance(laws) || (*share > 0.0 && *share < 1.0) || miss.iter().any(Node::varies)
            }
            Node::Fan { branches, .. } => branches.iter().flatten().any(Node::varies),
            Node::Repeat { body, .. } => body.iter().any(Node::varies),
        }
    }

    /// The `p` quantile of how long it takes, where it is known: of what it adds up only one varies, and of copies the
    /// slowest or the fastest is waited for.
    pub fn at(&self, p: f64) -> Option<f64> {
        match self {
            Node::Wait { times, laws, .. } => laws_at(*times, laws, p),
            Node::Hit { times, laws, share, .. } => (*share >= 1.0).then(|| laws_at(*times, laws, p))?,
            Node::Repeat { times, body, .. } if *times == 1 || !self.varies() => {
                Some(body_at(body, p)? * f64::from(*times))
            }
            Node::Repeat { .. } => None,
            Node::Fan { need, of, branches, .. } => match branches.as_slice() {
                [one] if need == of => body_at(one, libm::pow(p, 1.0 / f64::from(*of))),
                // As precise for small p as for large ones.
                [one] if *need == 1 => body_at(one, -libm::expm1(libm::log1p(-p) / f64::from(*of))),
                [_] => None,
                all => {
                    let varying = all.iter().filter(|branch| branch.iter().any(Node::varies)).count();
                    if varying > 1 {
                        return None;
                    }
                    let ends: Vec<f64> = all.iter().map(|branch| body_at(branch, p)).collect::<Option<_>>()?;
                    sorted(&ends).get((*need as usize).saturating_sub(1)).copied()
                }
            },
        }
    }

    fn draws(&self) -> f64 {
        let sum = |body: &[Node]| body.iter().map(Node::draws).sum::<f64>();
        match self {
            // A quantile instead of many draws, which takes as long as some.
            Node::Fan { branches, .. } if branches.len() == 1 && self.at(0.5).is_some() => 8.0,
            Node::Hit { times, laws, miss, .. } => waits(*times, laws) + sum(miss),
            Node::Fan { of, branches, .. } => match branches.as_slice() {
                [one] => f64::from(*of) * sum(one),
                all => all.iter().map(|branch| sum(branch)).sum(),
            },
            Node::Repeat { times, body, .. } => f64::from(*times) * sum(body),
            Node::Wait { .. } => self.waits(),
        }
    }

    fn waits(&self) -> f64 {
        let sum = |body: &[Node]| body.iter().map(Node::waits).sum::<f64>();
        match self {
            Node::Wait { times, laws, .. } => waits(*times, laws),
            Node::Hit { times, laws, miss, .. } => waits(*times, laws) + sum(miss),
            Node::Fan { of, branches, .. } => match branches.as_slice() {
                [one] => f64::from(*of) * sum(one),
                all => all.iter().map(|branch| sum(branch)).sum(),
            },
            Node::Repeat { times, body, .. } => f64::from(*times) * sum(body),
        }
    }
}

fn find(body: &[Node], wanted: usize) -> Option<(f64, f64)> {
    let own = |at: &dyn Fn(f64) -> Option<f64>| Some((at(0.5)?, at(0.99)?));
    body.iter().find_map(|node| match node {
        // What it takes itself: not what a miss adds.
        Node::Hit { line, times, laws, .. } if *line == wanted => own(&|p| laws_at(*times, laws, p)),
        _ if node.line() == Some(wanted) => own(&|p| node.at(p)),
        Node::Wait { .. } => None,
        Node::Hit { miss: body, .. } | Node::Repeat { body, .. } => find(body, wanted),
        Node::Fan { branches, .. } => branches.iter().find_map(|branch| find(branch, wanted)),
    })
}

fn laws_at(times: u32, laws: &[Law], p: f64) -> Option<f64> {
    let varies = laws.iter().filter(|law| !matches!(law, Law::Fixed(_))).count();
    if varies > 1 || (varies == 1 && times > 1) {
        return None;
    }
    Some(laws.iter().map(|law| law.at(p)).sum::<f64>() * f64::from(times))
}

fn body_at(body: &[Node], p: f64) -> Option<f64> {
    if body.iter().filter(|node| node.varies()).count() > 1 {
        return None;
    }
    body.iter().map(|node| node.at(p)).sum()
}

/// What never differs is drawn once.
fn waits(times: u32, laws: &[Law]) -> f64 {
    let drawn = laws.iter().filter(|law| !matches!(law, Law::Fixed(_))).count();
    (f64::from(times) * drawn as f64).max(1.0)
}

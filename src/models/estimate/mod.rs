//! Back-of-the-envelope estimates: a sheet of named quantities with units, checked for their dimensions.
//!
//! A line is `name = expression`, and an expression has numbers with units (`300 M users`, `2 posts/user/day`,
//! `50..80 GB`), names of other lines, `+ − × ÷ ^`, parentheses and a few functions; `in GB/day` at its end says how
//! to show it. `20% of users` and `3x average` are products. Decimal prefixes are powers of 1,000 (kB), binary ones of
//! 1,024 (KiB); a year has 365 days and a month a twelfth of them.

pub mod availability;
mod call;
mod dim;
mod doubt;
pub mod number;
mod parse;
mod published;
mod rough;
mod sample;
mod sheet;
mod show;
mod solve;
mod units;
mod working;

pub use call::Call;
pub use dim::{Base, Dim, plural};
pub use doubt::doubts;
pub use number::digits;
pub use parse::{Expr, Fault, Kind, Literal, Parsed};
pub use published::{Published, published};
pub use rough::{Rough, roughly};
pub use sample::{Sampler, Spread, Swing, tornado};
pub use sheet::{Line, MOST_LINES, MOST_WIDE, Outcome, Sheet};
pub use show::{Shown, count, few_shown, literal_shown, percent, show, show_in, shown, shown_as};
pub use solve::solve;
pub use units::{Unit, is_counted};
pub use working::{Piece, literal_text, working};

//! Histories that other checkers have judged. Each file of `tests/truth/` says in its first lines where it is from and
//! what its verdict is.

use moving_parts::models::quorum::jepsen::read;
use moving_parts::models::quorum::linear::{STEPS, Verdict, Violation, check};
use std::rc::Rc;

/// Operations read, and the verdict.
fn judge(text: &str) -> (usize, Verdict) {
    let found = read(text);
    assert_eq!((found.bad, found.more), (Vec::new(), 0));
    (found.history.ops.len(), check(&Rc::new(found.history), STEPS))
}

fn broken(text: &str) -> Violation {
    match judge(text).1 {
        Verdict::Broken(found) => found,
        other => panic!("{other:?}"),
    }
}

/// Porcupine takes a compare-and-set that failed for a proof that the value was another one; here, as in Knossos, it
/// merely did not happen. What has an order there has one here.
#[test]
fn what_porcupine_says_of_etcd() {
    let good = [include_str!("truth/porcupine_etcd_002.log"), include_str!("truth/porcupine_etcd_005.log")];
    for text in good {
        let (ops, verdict) = judge(text);
        assert_eq!(ops, text.matches(":invoke").count());
        assert!(ops > 70);
        assert_eq!(verdict, Verdict::Linearizable);
    }
    let text = include_str!("truth/porcupine_etcd_000.log");
    let found = broken(text);
    // The reads 2 that process 11 began after a write of 1 was acknowledged, with no other 2 under way.
    assert_eq!(
        found.words,
        "read → 2 (operation 43, client 11) found the old value 2, last set by write = 2 (operation 32, client 2), \
         although write = 1 (operation 37, client 0) had already replaced it."
    );
}

#[test]
fn what_knossos_says() {
    let (ops, verdict) = judge(include_str!("truth/knossos_cas_register_bug.edn"));
    assert_eq!((ops, verdict), (6, Verdict::Linearizable));
    let found = broken(include_str!("truth/knossos_rethink_fail_minimal.edn"));
    assert_eq!(found.words, "read → 3 (operation 1, client 1) found 3, but nothing ever set it to 3.");
    let found = broken(include_str!("truth/knossos_immediate_failure.edn"));
    assert_eq!((found.stuck, found.at), (0, 3));
    let found = broken(include_str!("truth/knossos_bad_analysis.edn"));
    // Of the two impossible reads, the one that ended first.
    assert_eq!(found.words.split(" found").next(), Some("read → 2 (operation 8, client 21)"));
}

//! Which write is the later one, quorums that are none, and why overlap is not enough.

use super::{ask, step};
use crate::explainers::{Lesson, Step};

pub const CONCURRENT: Lesson = Lesson {
    slug: "concurrent",
    title: "Two writes at once",
    steps: &[
        Step {
            ask: ask(
                "Clients 1 and 2 write x within 1 ms of each other, and both get an acknowledgement. How many versions does a read return later?",
                &[("1", 1.0), ("2", 2.0)],
                "siblings",
            ),
            ..step(
                "Last write wins",
                "{siblings}: {answer}. Each write carries the clock of its coordinator, and the higher one stays. The other is dropped on every replica, although its client was told that it is done. The figures call it dropped, not lost: neither client knew of the other.",
                "B gets v2 first and then v1, and keeps v2.",
                "do=1ms:write(1,x);2ms:write(2,x);60ms:read(1,x)",
                90,
            )
        },
        Step {
            ask: ask(
                "B’s clock is 80 ms ahead. Client 2 writes v1 through B. When that is done, client 1 writes v2 through A, and reads. What does it get?",
                &[("v1", 1.0), ("v2", 2.0)],
                "answer",
            ),
            breaks: &["durable", "linearizable"],
            ..step(
                "The clock is wrong",
                "{answer}. v2 was written later, but v1’s stamp is from the future, so every replica throws v2 away the moment it arrives, and acknowledges it. R + W > N cannot help: all replicas agree on the wrong version.",
                "“No acknowledged write is lost” breaks without any failure.",
                "skew=80&do=1ms:write(2,x);40ms:write(1,x);90ms:read(1,x)&t=39ms",
                120,
            )
        },
        step(
            "Lamport clocks",
            "A clock that only counts, and that is set forward by every message it sees: client 1’s write is stamped after v1, because its coordinator has heard of v1. The read returns {answer}. Lamport clocks never contradict cause and effect; between writes that know nothing of each other they still pick one.",
            "The same two writes, in the right order now.",
            "resolve=lamport&do=1ms:write(2,x);40ms:write(1,x);90ms:read(1,x)&t=39ms",
            120,
        ),
        Step {
            ask: ask(
                "Vector clocks, and the two writes at once from the first step. How many versions does the read return?",
                &[("1", 1.0), ("2", 2.0)],
                "siblings",
            ),
            breaks: &["linearizable"],
            ..step(
                "Vector clocks tell",
                "{siblings}: {answer}. A vector clock counts each coordinator’s writes. Of two versions neither of which has seen the other, the store keeps both as siblings and lets the client decide. It is no longer a register with one value, and the last check says so.",
                "Two chips on every replica.",
                "resolve=vector&do=1ms:write(1,x);2ms:write(2,x);60ms:read(1,x)",
                90,
            )
        },
        Step {
            ask: ask(
                "The client that read both writes again. How many versions does the next read return?",
                &[("1", 1.0), ("2", 2.0), ("3", 3.0)],
                "siblings",
            ),
            breaks: &["linearizable"],
            ..step(
                "Merging",
                "{siblings}: {answer}. The write said what its client had read, so it replaces both. A shopping cart would write the union of the two carts here; that is what Dynamo was built for.",
                "v3 takes the place of both siblings.",
                "resolve=vector&do=1ms:write(1,x);2ms:write(2,x);60ms:read(1,x);100ms:write(1,x);150ms:read(2,x)&t=99ms",
                175,
            )
        },
    ],
};

pub const SLOPPY: Lesson = Lesson {
    slug: "sloppy",
    title: "A sloppy quorum is no quorum",
    steps: &[
        Step {
            ask: ask(
                "A, D and E are cut off from B and C, and have noticed. Client 1 writes x through A with W = 2. How long until it has an answer?",
                &[("2 ms", 2.0), ("25 ms", 25.0), ("102 ms", 102.0)],
                "write-took",
            ),
            ..step(
                "Strict",
                "{write-took}: A believes B and C dead, sees at once that it cannot reach two replicas of x, and refuses. A strict quorum counts only the nodes that x belongs to.",
                "A refuses without asking anybody.",
                "suspect=100&clients=5&do=1ms:write(1,x);40ms:cut(145);200ms:write(1,x)&t=199ms",
                210,
            )
        },
        Step {
            ask: ask(
                "The same with a sloppy quorum: D and E may stand in. How many of x’s own three replicas hold v2 when the write is acknowledged?",
                &[("none", 0.0), ("1", 1.0), ("2", 2.0)],
                "copies",
            ),
            ..step(
                "Sloppy",
                "Dynamo lets the next healthy nodes of the ring stand in, and counts them: the write is acknowledged by two. In the end {copies} of x’s own replicas has it. The others are hints, each with a note for whom it is.",
                "Hints on D and E, for B and C.",
                "suspect=100&sloppy=on&hints=on&clients=5&do=1ms:write(1,x);40ms:cut(145);200ms:write(1,x)&t=199ms",
                240,
            )
        },
        Step {
            ask: ask(
                "Client 2, on the other side, reads x with R = 2. R + W = 4 > 3. What does it get?",
                &[("v1", 1.0), ("v2", 2.0), ("nothing: a timeout", 0.0)],
                "answer",
            ),
            breaks: &["overlap", "strong", "linearizable"],
            ..step(
                "The overlap is gone",
                "{answer}: B and C answer, and neither has heard of v2. Two and two of three must overlap; two of three and two of five need not. R + W > N says nothing about a sloppy quorum.",
                "Who acknowledged the write, and who answered the read.",
                "suspect=100&sloppy=on&hints=on&clients=5&do=1ms:write(1,x);40ms:cut(145);200ms:write(1,x);250ms:read(2,x)&t=249ms",
                290,
            )
        },
        Step {
            breaks: &["overlap", "strong", "linearizable"],
            ..step(
                "Handed over",
                "The network heals, D and E hear of B and C again and hand their hints over: {copies} replicas hold v2. A sloppy quorum makes writes available and durable, and leaves consistency to later.",
                "The hints on their way.",
                "suspect=100&sloppy=on&hints=on&clients=5&do=1ms:write(1,x);40ms:cut(145);200ms:write(1,x);250ms:read(2,x);320ms:heal&t=319ms",
                370,
            )
        },
    ],
};

pub const LINEARIZABLE: Lesson = Lesson {
    slug: "linearizable",
    title: "Why overlap is not linearizability",
    steps: &[
        step(
            "What one would like to say",
            "Linearizable: every operation seems to happen at one moment between its beginning and its end, as if there were a single copy. With W = R = 2 of 3 no read misses an acknowledged write. Is that the same?",
            "v1 is on all three replicas; all is well so far.",
            "clients=3&do=1ms:write(1,x)",
            38,
        ),
        Step {
            ask: ask(
                "Client 1’s write of v2 has so far reached only A. Client 2 reads from A and B. What does it get?",
                &[("v1", 1.0), ("v2", 2.0)],
                "answer",
            ),
            ..step(
                "A write under way",
                "{answer}. A could reach neither B nor C for a while, so v2 got no further. The write is not acknowledged, but nobody can tell that from outside: A has it, so the read shows it. That alone is allowed: a write that overlaps a read may be seen by it.",
                "A answers v2, B answers v1, and the newer one wins.",
                "clients=3&do=1ms:write(1,x);40ms:cut-link(1,3);40ms:cut-link(1,2);45ms:write(1,x);80ms:heal;82ms:cut-link(2,3);82ms:read(2,x)&t=81ms",
                118,
            )
        },
        Step {
            ask: ask(
                "When client 2 has its answer, client 3 reads, from B and C. What does it get?",
                &[("v1", 1.0), ("v2", 2.0)],
                "answer",
            ),
            breaks: &["linearizable"],
            ..step(
                "And back again",
                "C cannot reach A just now, so B’s answer and its own count. It gets {answer}, after client 2 had already seen v2: for an outside observer the value went from v1 to v2 and back. No single copy could do that. Yet R + W > N, no clock was wrong, and no acknowledged write was missed.",
                "Only one check breaks, the last one. Open its counterexample.",
                "clients=3&do=1ms:write(1,x);40ms:cut-link(1,3);40ms:cut-link(1,2);45ms:write(1,x);80ms:heal;82ms:cut-link(2,3);82ms:read(2,x);120ms:heal;120ms:cut-link(1,3);120ms:read(3,x)&t=119ms",
                155,
            )
        },
        Step {
            ask: ask(
                "Blocking read repair: before client 2 is answered, B must hold v2 as well. Then client 3 reads from B and C. What does it get?",
                &[("v1", 1.0), ("v2", 2.0)],
                "answer",
            ),
            ..step(
                "A read that writes",
                "{answer}. A read may return only what a majority holds, so it first writes what it is about to return. From then on no majority without v2 is left to be read. This is the second half of the ABD algorithm (Attiya, Bar-Noy, Dolev, 1995).",
                "The repair before the answer.",
                "clients=3&repair=blocking&do=1ms:write(1,x);40ms:cut-link(1,3);40ms:cut-link(1,2);45ms:write(1,x);80ms:heal;82ms:cut-link(2,3);82ms:read(2,x);150ms:heal;150ms:cut-link(1,3);150ms:read(3,x)&t=112ms",
                220,
            )
        },
        Step {
            ..step(
                "The price",
                "{read-took}, about twice as long as without. Only reads that find replicas in disagreement pay it, which under little contention is rare.",
                "The second round of messages in the sequence.",
                "clients=3&repair=blocking&do=1ms:write(1,x);40ms:cut-link(1,3);40ms:cut-link(1,2);45ms:write(1,x);80ms:heal;82ms:cut-link(2,3);82ms:read(2,x);150ms:heal;150ms:cut-link(1,3);150ms:read(3,x)&t=149ms",
                220,
            )
        },
        step(
            "A write that timed out",
            "Client 1 was told that its write of v2 timed out. It happened all the same: client 2 has read it. A timeout is not a “no”, and who tries again may write twice.",
            "The write’s outcome, and what the replicas hold.",
            "clients=3&repair=blocking&do=1ms:write(1,x);40ms:cut-link(1,3);40ms:cut-link(1,2);45ms:write(1,x);80ms:heal;82ms:cut-link(2,3);82ms:read(2,x)&t=116ms",
            150,
        ),
    ],
};

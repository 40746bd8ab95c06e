//! Guided steps. Answers are computed from the table and the path at the end of each step, never written down.

use super::guess::GUESS;
use crate::explainers::lesson::{ask, guess, step};
use crate::explainers::{Lesson, Step};

/// A step about the numbers: what a request made of them costs is not its subject.
const fn row(title: &'static str, text: &'static str, look: &'static str, state: &'static str, until: f64) -> Step {
    Step { single: true, ..step(title, text, look, state, until) }
}

pub static LESSONS: &[Lesson] = &[
    Lesson {
        slug: "orders",
        title: "From a cache hit to an ocean",
        steps: &[
            row(
                "Half a nanosecond",
                "The shortest thing worth counting: a word that lies in the [first cache](number-7) takes about half a nanosecond by Dean’s lists; cores of today, with 4 or 5 cycles at 3 GHz, need three times as long. In half a nanosecond light goes fifteen centimetres.",
                "The first row of the group Memory, and the bar below: it is to scale.",
                "",
                1.0,
            ),
            Step {
                ask: ask(
                    "The word is in no cache. How many times as long as a hit in the first one?",
                    &[("2 ×", 2.0), ("20 ×", 20.0), ("200 ×", 200.0), ("2,000 ×", 2_000.0)],
                    "memory-per-l1",
                ),
                ..row(
                    "A word that is in no cache",
                    "It takes {memory}: {memory-per-l1} as long as a hit in the first cache. The bar below keeps its width; what shrinks in it is the [one before](number-3).",
                    "The bar to scale when the walk comes to main memory.",
                    "hide=ahead&t=9.5",
                    11.5,
                )
            },
            row(
                "Into the kernel and back",
                "A [system call](number-4) is three memory reads long, a [context switch](number-6) a hundred. Nothing has left the machine yet.",
                "The group Processor: it reaches over three powers of ten.",
                "t=11.5",
                17.5,
            ),
            Step {
                ask: ask(
                    "A random read from an SSD: how many times a read from memory?",
                    &[("15 ×", 15.0), ("150 ×", 150.0), ("1,500 ×", 1_500.0), ("15,000 ×", 15_000.0)],
                    "ssd-per-memory",
                ),
                ..row(
                    "A read from flash",
                    "An [SSD read](number-11) takes {ssd}: {ssd-per-memory} as long as one from memory. This is why databases keep pages in memory.",
                    "The gap between the rows of main memory and SSD.",
                    "hide=ahead&t=21.5",
                    23.5,
                )
            },
            row(
                "A disk that turns",
                "A [seek](number-14) takes {seek}: {seek-per-ssd} as long as an SSD read, because an arm has to move. It was ten milliseconds twenty years ago and still is.",
                "All marks of the row lie together: here the sources agree.",
                "t=35.5",
                37.5,
            ),
            Step {
                ask: ask(
                    "If a nanosecond were a second: how long would a packet be away from California to the Netherlands and back?",
                    &[
                        ("about 5 hours", 18_000.0),
                        ("about 5 weeks", 3_000_000.0),
                        ("about 5 years", 157_800_000.0),
                        ("about 50 years", 1_578_000_000.0),
                    ],
                    "human",
                ),
                ..row(
                    "In human terms",
                    "If a nanosecond were a second, a cache hit would be half a second and this packet would be away for {human}.",
                    "The last row of Network, and its time below on the right.",
                    "hide=ahead&t=45.5",
                    47.5,
                )
            },
            row(
                "Where they disagree",
                "For [1 MB from memory](number-10) Dean says 250 µs, and a measurement of 2026 says 50. Both are right, of their machines: bandwidth has grown, the time to the first word hardly has.",
                "The two marks of the row, and below them who says which.",
                "follow=number-10",
                0.0,
            ),
        ],
    },
    Lesson {
        slug: "guess",
        title: "Guess the order of magnitude",
        steps: &[
            Step {
                ask: guess(
                    "Taking and giving back a lock that nobody else wants: how long? Within a factor of three is right.",
                    &GUESS,
                    "mutex",
                ),
                ..row(
                    "A lock",
                    "A [lock](number-3) takes {mutex} by Dean’s list of 2010; his list of 2007 had four times as much. Somebody waiting for it costs far more, and stands in no table.",
                    "Where it stands on the axis, once you have guessed; below it to scale, and who says so.",
                    "hide=others&do=1s:look(3)&t=0.5",
                    2.4,
                )
            },
            Step {
                ask: guess(
                    "Compressing one kilobyte with a fast algorithm: how long? Within a factor of three is right.",
                    &GUESS,
                    "compress",
                ),
                ..row(
                    "A kilobyte, smaller",
                    "{compress}, by Dean’s list of 2010 ([all sources](number-5)): it pays whenever sending what it saves would take longer.",
                    "Where it stands on the axis, once you have guessed; below it to scale, and who says so.",
                    "hide=others&do=1s:look(5)&t=0.5",
                    2.4,
                )
            },
            Step {
                ask: guess(
                    "Reading one megabyte from memory, in sequence: how long? Within a factor of three is right.",
                    &GUESS,
                    "memory-mb",
                ),
                ..row(
                    "A megabyte from memory",
                    "{memory-mb} in Dean’s lists, 50 µs per MiB measured in 2026 ([all sources](number-10)). Word by word at random it would be far more.",
                    "Where it stands on the axis, once you have guessed; below it to scale, and who says so.",
                    "hide=others&do=1s:look(10)&t=0.5",
                    2.4,
                )
            },
            Step {
                ask: guess(
                    "Reading 4 KiB at random from an SSD: how long? Within a factor of three is right.",
                    &GUESS,
                    "ssd",
                ),
                ..row(
                    "A page from flash",
                    "{ssd} in the list of 2012; 100 µs in later ones ([all sources](number-11)).",
                    "Where it stands on the axis, once you have guessed; below it to scale, and who says so.",
                    "hide=others&do=1s:look(11)&t=0.5",
                    2.4,
                )
            },
            Step {
                ask: guess(
                    "A round trip within a datacenter: how long? Within a factor of three is right.",
                    &GUESS,
                    "datacenter",
                ),
                ..row(
                    "Next door",
                    "{datacenter} in Dean’s lists, 250 µs in napkin-math’s ([all sources](number-17)). Light alone would need about a microsecond for each hundred metres there and back.",
                    "Where it stands on the axis, once you have guessed; below it to scale, and who says so.",
                    "hide=others&do=1s:look(17)&t=0.5",
                    2.4,
                )
            },
            Step {
                ask: guess("A seek of a spinning disk: how long? Within a factor of three is right.", &GUESS, "seek"),
                ..row(
                    "A moving arm",
                    "{seek} ([all sources](number-14)): mechanics have not become faster.",
                    "Where it stands on the axis, once you have guessed; below it to scale, and who says so.",
                    "hide=others&do=1s:look(14)&t=0.5",
                    2.4,
                )
            },
            Step {
                ask: guess(
                    "Reading one megabyte in sequence from a spinning disk: how long? Within a factor of three is right.",
                    &GUESS,
                    "disk-mb",
                ),
                ..row(
                    "A megabyte from disk",
                    "{disk-mb}, by Dean’s list of 2010 ([all sources](number-15)): two seeks long. Disks are for long reads.",
                    "Where it stands on the axis, once you have guessed; below it to scale, and who says so.",
                    "hide=others&do=1s:look(15)&t=0.5",
                    2.4,
                )
            },
            Step {
                ask: guess(
                    "A packet from California to the Netherlands and back: how long? Within a factor of three is right.",
                    &GUESS,
                    "ocean",
                ),
                ..row(
                    "Over the ocean",
                    "{ocean} ([all sources](number-20)), of which light in a fibre needs 86 ms.",
                    "Where it stands on the axis, once you have guessed; below it to scale, and who says so.",
                    "hide=others&do=1s:look(20)&t=0.5",
                    2.4,
                )
            },
            row(
                "How good were you?",
                "Being within a factor of three each time is all that an estimate needs: a design that is off by ten shows. What your guesses say together stands below the answer to the last question. The rest can be looked up; the [order](number-7) of the rows is worth knowing by heart.",
                "The whole table from the shortest to the longest.",
                "t=47.5",
                0.0,
            ),
        ],
    },
    Lesson {
        slug: "far",
        title: "Memory, flash, disk, network",
        steps: &[
            Step {
                ask: ask(
                    "A linked list of 1,000 entries, all over main memory: how many milliseconds to walk through it?",
                    &[("0.001", 0.001), ("0.01", 0.01), ("0.1", 0.1), ("1", 1.0)],
                    "median",
                ),
                ..step(
                    "A thousand pointers",
                    "A list of a thousand links in memory: each has to be read before one knows the next. 1,000 × 100 ns is {median}.",
                    "The row of the request, below the others.",
                    "path=a%20list%20in%20memory%3A%201,000%20%C3%97%20memory%20read",
                    0.0,
                )
            },
            step(
                "The same list on flash",
                "Each link is an SSD read now: {median}. The same algorithm, 1,500 times as long. Data structures for disks have few links and large pages for this reason.",
                "How far the mark of the request has moved.",
                "path=a%20list%20on%20an%20SSD%3A%201,000%20%C3%97%20ssd%20read",
                0.0,
            ),
            Step {
                ask: ask(
                    "And on a spinning disk, a seek for each link: how many milliseconds?",
                    &[("100", 100.0), ("1,000", 1_000.0), ("10,000", 10_000.0), ("100,000", 100_000.0)],
                    "median",
                ),
                ..step(
                    "The same list on a disk",
                    "A thousand seeks are {median}. A B-tree with a few hundred keys a page finds any of a million in three.",
                    "The mark is beyond the axis now.",
                    "path=a%20list%20on%20a%20disk%3A%201,000%20%C3%97%20disk%20seek",
                    0.0,
                )
            },
            step(
                "A thousand questions over the network",
                "Asking a cache in the same region for each entry: {median}. The cache itself needs a hundred nanoseconds of each 500 µs; the rest is the way there and back.",
                "The waterfall: one bar for a thousand questions one after the other.",
                "path=entry%20by%20entry%3A%201,000%20%C3%97%20query",
                0.0,
            ),
            Step {
                ask: ask(
                    "One question for all thousand entries, read from memory over there: how many milliseconds?",
                    &[("0.06", 0.06), ("0.6", 0.6), ("6", 6.0), ("60", 60.0)],
                    "median",
                ),
                ..step(
                    "One question for all",
                    "Asked for all at once it is {median}: one round trip, and the reads beside it hardly count. Batching saves round trips, not work.",
                    "Where the mark of the request is now.",
                    "path=all%20at%20once%3A%20query%0Aread%20there%3A%201,000%20%C3%97%20memory%20read",
                    0.0,
                )
            },
        ],
    },
    Lesson {
        slug: "tail",
        title: "The tail of a hundred is not the tail of one",
        steps: &[
            step(
                "One server",
                "Half of all requests take less than 10 ms, and one in a hundred takes longer than 60. Most would call this server fast.",
                "The two bars: one request at the median, and one at the 99th percentile.",
                "path=budget%2080%20ms%0Aone%20server%2010%20ms%20p99%2060%20ms",
                0.0,
            ),
            Step {
                ask: ask(
                    "Each server is above 60 ms one time in a hundred. How many per cent of requests to a hundred of them, all waited for, stay below 60 ms?",
                    &[("99%", 99.0), ("90%", 90.0), ("37%", 37.0), ("1%", 1.0)],
                    "within",
                ),
                breaks: &["budget"],
                ..step(
                    "A hundred of them",
                    "A request that asks a hundred servers and waits for all is only as fast as the slowest. {within} of the requests meet no server that takes longer than 60 ms: 0.99 to the power of 100 is 36.6%.",
                    "The check that breaks, and the budget line in the waterfall.",
                    "path=budget%2060%20ms%0Ashards%3A%20all%20of%20100%20%C3%97%2010%20ms%20p99%2060%20ms",
                    0.0,
                )
            },
            Step {
                ask: ask(
                    "The median of one server is 10 ms. What is the median, in ms, of the slowest of a hundred?",
                    &[("10", 10.0), ("20", 20.0), ("35", 35.0), ("70", 70.0)],
                    "median",
                ),
                breaks: &["budget"],
                ..step(
                    "Its median",
                    "The rare case of one server is the normal case of a hundred: the median is {median} now, above the 99th percentile of one.",
                    "The blue bar, against the 10 ms of a single server.",
                    "path=budget%2060%20ms%0Ashards%3A%20all%20of%20100%20%C3%97%2010%20ms%20p99%2060%20ms",
                    0.0,
                )
            },
            Step {
                breaks: &["budget"],
                ..step(
                    "Fewer to wait for",
                    "Ten servers instead of a hundred: {within} of the requests stay within 60 ms, and the median is {median}. Each server asked is one more chance to be unlucky.",
                    "How much shorter the blue bar is; p99 is still over the budget.",
                    "path=budget%2060%20ms%0Ashards%3A%20all%20of%2010%20%C3%97%2010%20ms%20p99%2060%20ms",
                    0.0,
                )
            },
            Step {
                ask: ask(
                    "Every shard has two copies; both are asked, the first answer counts. About what is p99 of the whole, in ms?",
                    &[("10", 10.0), ("30", 30.0), ("60", 60.0), ("120", 120.0)],
                    "p99",
                ),
                ..step(
                    "Ask two, take the first",
                    "With two copies of each shard, and the first answer of the two, both must be slow at once: one time in ten thousand for each shard, so one time in a hundred for the request. p99 of the whole is about that of a single server again: {p99}. It costs twice the work; Dean and Barroso ask the second only after a while, which costs a few per cent.",
                    "The outline of “first of 2” inside the fan.",
                    "path=budget%2080%20ms%0Ashards%3A%20all%20of%20100%3A%0A%20%20first%20of%202%20%C3%97%2010%20ms%20p99%2060%20ms",
                    0.0,
                )
            },
        ],
    },
    Lesson {
        slug: "hits",
        title: "What a hit ratio hides",
        steps: &[
            Step {
                breaks: &["budget"],
                ..step(
                    "A median without a database",
                    "With a hit ratio of 95% the median is {median}: the request about the middle never sees the [database](step-4).",
                    "The database’s row: no blue bar, because hardly any request about the median comes to it.",
                    "path=budget%2015%20ms%0Aservice%201%20ms%0Acache%3A%20query,%20hit%2095%25,%20else%3A%0A%20%20database%208%20ms%20p99%2060%20ms",
                    0.0,
                )
            },
            Step {
                ask: ask(
                    "Of the requests about p99: how many per cent of their time is the database’s?",
                    &[("5%", 5.0), ("50%", 50.0), ("95%", 95.0)],
                    "share",
                ),
                breaks: &["budget"],
                ..step(
                    "The tail is all database",
                    "One in twenty requests misses, so p99 is one of the slow misses: {p99}. Of the time of slow requests {share} is the database’s.",
                    "The orange bars.",
                    "path=budget%2015%20ms%0Aservice%201%20ms%0Acache%3A%20query,%20hit%2095%25,%20else%3A%0A%20%20database%208%20ms%20p99%2060%20ms",
                    0.0,
                )
            },
            Step {
                ask: ask(
                    "The hit ratio rises from 95 to 98%. What is p99 now, in ms? It was about 18.",
                    &[("1.5", 1.5), ("5", 5.0), ("10", 10.0), ("18", 18.0)],
                    "p99",
                ),
                ..step(
                    "A better cache",
                    "At 98% less than half as many requests miss, and p99 is {p99}: a miss all the same, but now the middle one of the misses and no longer one of their slowest fifth. The database is not faster; it is asked less.",
                    "p99 against the budget, before and now.",
                    "path=budget%2015%20ms%0Aservice%201%20ms%0Acache%3A%20query,%20hit%2098%25,%20else%3A%0A%20%20database%208%20ms%20p99%2060%20ms",
                    0.0,
                )
            },
            Step {
                ask: ask("At 99.5%, what is p99 in ms?", &[("1.5", 1.5), ("10", 10.0), ("23", 23.0)], "p99"),
                ..step(
                    "Past one in a hundred",
                    "At 99.5% only one in two hundred misses. Now p99 is a hit as well: {p99}. Nothing became faster; the misses have left the hundredth that p99 looks at, and p99.9 still has them.",
                    "The orange bar of the database is gone.",
                    "path=budget%2015%20ms%0Aservice%201%20ms%0Acache%3A%20query,%20hit%2099.5%25,%20else%3A%0A%20%20database%208%20ms%20p99%2060%20ms",
                    0.0,
                )
            },
        ],
    },
    Lesson {
        slug: "light",
        title: "How fast can an ocean be?",
        steps: &[
            Step {
                ask: ask(
                    "A round trip from Amsterdam to San Francisco: how many milliseconds does light in a fibre need at least?",
                    &[("9", 9.0), ("30", 30.0), ("86", 86.0), ("150", 150.0)],
                    "median",
                ),
                ..step(
                    "The physical limit",
                    "From Amsterdam to San Francisco it is 8,800 km along the globe. Light in a fibre goes 204,000 km in a second, so there and back is {median} at least, whatever glass is laid. Only what leaves the glass – radio, hollow fibres, lasers between satellites – can go below, to 59 ms in a vacuum.",
                    "The working beside the line of the path: the distance, and what was measured.",
                    "path=fibre%20Amsterdam%20%E2%80%93%20San%20Francisco,%20round%20trip",
                    0.0,
                )
            },
            step(
                "What was measured",
                "Dean has [150 ms](number-20) for California and the Netherlands, 1.7 × the limit: cables do not follow great circles, and routers take their share. In glass there is less than a factor of two left to gain, ever.",
                "The row, and its other mark.",
                "follow=number-20",
                0.0,
            ),
            Step {
                ask: ask(
                    "London to Sydney is 17,000 km. How many milliseconds are three round trips at the speed of light in a fibre?",
                    &[("80", 80.0), ("170", 170.0), ("500", 500.0), ("1,000", 1_000.0)],
                    "median",
                ),
                ..step(
                    "Three round trips",
                    "Before the first byte of a page over TCP and TLS 1.3 there are three: connect, agree on keys, ask. From London to Sydney light alone makes that {median}.",
                    "Three times the same bar.",
                    "path=connect,%20keys,%20request%3A%203%20%C3%97%20fibre%20London%20%E2%80%93%20Sydney,%20round%20trip",
                    0.0,
                )
            },
            Step {
                ask: ask(
                    "A write in Amsterdam waits for the first of San Francisco and Singapore, at the speed of light. Its median in ms?",
                    &[("10", 10.0), ("90", 90.0), ("200", 200.0)],
                    "median",
                ),
                ..step(
                    "A write that two continents confirm",
                    "Waiting for the first of two far copies, a write in Amsterdam takes {median}: the nearer ocean, and little else counts. No database makes this faster; only not waiting does.",
                    "The outline: the copy that nobody waited for.",
                    "request=ocean",
                    0.0,
                )
            },
            Step {
                breaks: &["light"],
                ..step(
                    "What cannot be",
                    "A step that says London to Sydney in 20 ms is a mistake: one way is 83 ms for light in a fibre. Such a line is marked, and the [check](check-2) names it.",
                    "The doubt beside the line.",
                    "path=London%20%E2%86%92%20Sydney%2020%20ms",
                    0.0,
                )
            },
        ],
    },
];

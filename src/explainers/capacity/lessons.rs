//! Guided steps. Answers are computed from the sheet at the end of each step, never written down.

use crate::explainers::lesson::{ask, step};
use crate::explainers::{Lesson, Step};

/// What the notes got wrong stays in the sheet.
const SLIP: &[&str] = &["published"];

pub static LESSONS: &[Lesson] = &[
    Lesson {
        slug: "storage",
        title: "From users to storage",
        steps: &[
            step(
                "A name, a number, a unit",
                "Of {users} a month, half come on any one day: {daily}. Each line has a name, and other lines use it by that name.",
                "Users times a share are users: the unit comes along.",
                "do=0s:drop(stored);0s:drop(five_years);0s:drop(media);0s:drop(peak);0s:drop(posts);0s:drop(copies);0s:drop(with_media)",
                0.0,
            ),
            Step {
                ask: ask(
                    "Each of them posts twice a day. How many posts a second is that?",
                    &[("350", 350.0), ("3,500", 3_500.0), ("35,000", 35_000.0), ("350,000", 350_000.0)],
                    "posts",
                ),
                ..step(
                    "By the second",
                    "{posts}. Users cancel against “per user”, and a day has 86,400 s. In one’s head: 300 million over 10^5 is 3,000.",
                    "The units that are struck out in the working.",
                    "do=0s:drop(stored);0s:drop(five_years);0s:drop(media);0s:drop(peak);0s:drop(posts);0s:drop(copies);0s:drop(with_media);1s:set(posts,daily × 2 posts/user/day in posts/s)&t=0.9",
                    2.0,
                )
            },
            Step {
                breaks: SLIP,
                ..step(
                    "The peak",
                    "Load is not even: a system has to stand its peak, here taken as twice the average. That makes [peak](line-6) {peak}. The notes that this comes from say 4,000, and the check found it.",
                    "The check that holds the source against the sheet.",
                    "follow=line-6",
                    0.0,
                )
            },
            Step {
                breaks: SLIP,
                ask: ask(
                    "One post in ten has a picture of 1 MB. How much is there after five years?",
                    &[("about 50 TB", 0.05), ("about 500 TB", 0.5), ("about 5 PB", 5.0), ("about 50 PB", 50.0)],
                    "five_years",
                ),
                ..step(
                    "Five years of it",
                    "{media} are {five_years} after five years, before any copies.",
                    "How a small share of large things outweighs everything else.",
                    "do=0s:drop(stored);0s:drop(five_years);0s:drop(media);0s:drop(copies);1s:set(media,posts × with_media × 1 MB/post in TB/day);1.1s:set(five_years,media × 5 years in PB)&t=0.9",
                    2.0,
                )
            },
            Step {
                breaks: SLIP,
                ..step(
                    "And the copies",
                    "Two copies of everything make [stored](line-11) {stored}. Everything that it is made of is lit: change any of it and this changes too.",
                    "The way from the left to the right.",
                    "follow=line-11",
                    0.0,
                )
            },
        ],
    },
    Lesson {
        slug: "memory",
        title: "Does it fit in memory?",
        steps: &[
            step(
                "A million timelines",
                "A timeline of ten posts, 8 B for each, has {each}. A million of them have {memory}: a small part of what one machine holds.",
                "Posts cancel, then timelines, and bytes are left.",
                "preset=timeline",
                0.0,
            ),
            Step {
                ask: ask(
                    "Now 500 million timelines of 800 posts, three copies of each. How many machines with 50 GB to spare?",
                    &[("20", 20.0), ("200", 200.0), ("2,000", 2_000.0), ("20,000", 20_000.0)],
                    "machines",
                ),
                ..step(
                    "The same, 40,000 times as much",
                    "{machines}: {memory} with its copies are {stored}, at {usable} to spare.",
                    "Which unit cancels last.",
                    "preset=timelines&do=0s:drop(machines);1s:set(machines,ceil(stored / usable))&t=0.9",
                    2.0,
                )
            },
            Step {
                breaks: SLIP,
                ..step(
                    "A power of ten",
                    "The notes found 2,000 machines: they divided by 5 × 10^9, and 50 GB is 5 × 10^10. It is {machines}. That is why units and powers of ten are written down at every step.",
                    "[machines](line-8) and what was published.",
                    "preset=timelines&follow=line-8",
                    0.0,
                )
            },
            Step {
                ask: ask(
                    "There are 100 machines. How many timelines fit?",
                    &[("26 million", 26e6), ("130 million", 130e6), ("260 million", 260e6), ("2.6 billion", 2.6e9)],
                    "timelines",
                ),
                ..step(
                    "Backwards",
                    "{timelines}. Any result can be given, and any number it depends on found from it.",
                    "The line of the sheet that has changed.",
                    "preset=timelines&do=1s:solve(machines,100 machines,timelines)&t=0.9",
                    2.0,
                )
            },
        ],
    },
    Lesson {
        slug: "binds",
        title: "What binds a tier",
        steps: &[
            step(
                "Two needs",
                "A photo service answers {requests}. By what its CPUs can do it needs {by_cpu}, by its network cards {by_network}. The larger one binds: {servers}.",
                "[by cpu](line-10) and [by network](line-11), which meet in [servers](line-12).",
                "preset=photos&follow=line-12",
                0.0,
            ),
            Step {
                ask: ask(
                    "Pictures grow to 1 MB. How many servers now?",
                    &[("about 25", 25.0), ("about 60", 60.0), ("about 120", 120.0), ("about 500", 500.0)],
                    "servers",
                ),
                ..step(
                    "The other one",
                    "The CPUs have the same to do, but the network has seven times as much: {by_network} against {by_cpu}. It is {servers} now.",
                    "Egress and what follows from it.",
                    "preset=photos&do=1s:set(picture,1 MB/view)&t=0.9&follow=line-12",
                    2.0,
                )
            },
            step(
                "A faster card",
                "Faster CPUs would change nothing now. Cards of 25 Gbit/s do: {by_network}, so {servers}.",
                "Which of the two is larger.",
                "preset=photos&do=0s:set(picture,1 MB/view);0.1s:set(by_network,egress / (25 Gbit/s/server × 60%25))&follow=line-12",
                0.0,
            ),
            Step {
                ask: ask(
                    "A million chat connections of 10 kB. How many servers, with one to spare?",
                    &[("1", 1.0), ("3", 3.0), ("about 10", 10.0), ("about 100", 100.0)],
                    "servers",
                ),
                ..step(
                    "Neither CPU nor network",
                    "All connections together take {memory}: one server has room for that. But one server with a million connections takes a million people down, and all of them come back at once. With 50,000 to 200,000 each it is {servers}.",
                    "What is bound by memory, and what by care.",
                    "preset=chat&do=0s:drop(servers);0s:drop(by_sockets);1s:set(by_sockets,connections / most);1.1s:set(servers,ceil(max(by_memory%3B by_sockets)) + 1 server)&t=0.9",
                    2.0,
                )
            },
        ],
    },
    Lesson {
        slug: "cache",
        title: "Disks, and a cache of a fifth",
        steps: &[
            step(
                "Never full",
                "{five_years} in five years do not go onto as much disk: at {fill} full there is time to buy more, and room to move things. So {disks}, and with a second copy {stored} on {servers}.",
                "Each step makes it larger.",
                "preset=pastes&follow=line-9",
                0.0,
            ),
            Step {
                ask: ask(
                    "A fifth of the pastes gets four fifths of the reads. By reads, how much memory holds a day’s fifth?",
                    &[("12 GB", 12.0), ("120 GB", 120.0), ("1.2 TB", 1_200.0), ("12 TB", 12_000.0)],
                    "cache",
                ),
                ..step(
                    "The hot fifth",
                    "{cache}: a fifth of the day’s reads, times their size. A paste that is read twice is counted twice, so this is more than enough.",
                    "[hot](line-13) is the only number in it that is a guess.",
                    "preset=pastes&do=0s:drop(cache);1s:set(cache,reads × hot × size × 1 day in GB)&t=0.9",
                    2.0,
                )
            },
            Step {
                ask: ask(
                    "How many reads a second still reach the database?",
                    &[("about 460", 460.0), ("about 4,600", 4_600.0), ("about 23,000", 23_000.0)],
                    "misses",
                ),
                ..step(
                    "What it saves",
                    "Of {reads} a fifth goes past the cache: {misses}.",
                    "[reads](line-12) against the misses.",
                    "preset=pastes&do=0s:drop(misses);1s:set(misses,reads × hot in pastes/s)&t=0.9",
                    2.0,
                )
            },
            step(
                "If it were a tenth",
                "With a tenth kept, the cache has {cache}. How many reads that still catches is not in the sheet: it depends on how uneven they are, and only a measurement tells.",
                "What changes, and what does not.",
                "preset=pastes&do=0s:set(hot,10%25)",
                0.0,
            ),
        ],
    },
    Lesson {
        slug: "ranges",
        title: "Ranges, and what matters most",
        steps: &[
            step(
                "Nobody knows exactly",
                "So write what you do know: 50 to 80 million users, 20 to 60 views each. From the middles come {requests} and {cost}; each result also says between what it lies in 90 of 100 samples.",
                "The ranges in the sheet.",
                "preset=photos",
                0.0,
            ),
            step(
                "What matters most",
                "For [cost](line-16), each bar is one range from its one end to the other, with the others in their middles. The widest is where a measurement helps most.",
                "Which bar is the widest.",
                "preset=photos&follow=line-16",
                0.0,
            ),
            Step {
                ask: ask(
                    "Somebody measures uploads: 0.1 photos per user and day, at the low end. What does a month cost then?",
                    &[("$0.3 M", 0.3e6), ("$0.7 M", 0.7e6), ("$1.2 M", 1.2e6), ("$1.8 M", 1.8e6)],
                    "cost",
                ),
                ..step(
                    "One number less to guess",
                    "{cost}. One of the bars is gone, and the range of the cost is narrower.",
                    "What is the widest now.",
                    "preset=photos&do=1s:set(uploads,users × 0.1 photos/user/day in photos/s)&t=0.9&follow=line-16",
                    2.0,
                )
            },
            step(
                "It depends on the question",
                "For [servers](line-12) other ranges matter: views and what a server can do. How many photos are uploaded does not move them at all.",
                "The bars, and the parts that are toned down.",
                "preset=photos&follow=line-12",
                0.0,
            ),
        ],
    },
    Lesson {
        slug: "nines",
        title: "Nines in a row and side by side",
        steps: &[
            step(
                "A row",
                "Where both of two parts are needed, both have to be up: 99.9% × 99.9% is {in_a_row}. The times they are down add up.",
                "[in a row](line-13) as blocks.",
                "preset=nines&follow=line-13",
                0.0,
            ),
            Step {
                ask: ask(
                    "Ten parts of 99.9%, all of them needed. How much of the time is the whole up?",
                    &[("99.99%", 99.99), ("99.9%", 99.9), ("99%", 99.0), ("90%", 90.0)],
                    "in_a_row",
                ),
                ..step(
                    "A longer row",
                    "{in_a_row}: ten times as long down as one of them. Every tenfold number of parts in a row costs one nine: twenty of them are up for 98.0%.",
                    "The sheet’s last line.",
                    "preset=nines&do=0s:drop(in_a_row);0s:drop(side_by_side);0.1s:set(part,99.9%25);1s:set(in_a_row,series(part%3B part%3B part%3B part%3B part%3B part%3B part%3B part%3B part%3B part))&t=0.9",
                    2.0,
                )
            },
            Step {
                ask: ask(
                    "Two parts of only 99%, and one is enough. How much of the time is one of them up?",
                    &[("99%", 99.0), ("99.5%", 99.5), ("99.9%", 99.9), ("99.99%", 99.99)],
                    "side_by_side",
                ),
                ..step(
                    "Side by side",
                    "{side_by_side}: both are down at once only for 1% of 1% of the time. If they fail independently: a shared switch, release or mistake takes that away.",
                    "What is multiplied here, and what in a row.",
                    "preset=nines&do=0s:drop(side_by_side);0s:drop(in_a_row);1s:set(side_by_side,parallel(99%25%3B 99%25))&t=0.9",
                    2.0,
                )
            },
            step(
                "A site",
                "A balancer, two applications of which one is enough, a database of which two in three are needed: [site](line-7) is up {site}, down {a_month}, {how_many} nines.",
                "Which part is single.",
                "preset=nines&follow=line-7",
                0.0,
            ),
            Step {
                ask: ask(
                    "The balancer gets a twin. How many minutes a month is the site down then?",
                    &[("8", 8.0), ("4", 4.0), ("1", 1.0), ("0.1", 0.1)],
                    "a_month",
                ),
                ..step(
                    "The weakest part",
                    "{a_month}. What is left is mostly the database, and a third balancer would change nothing.",
                    "The blocks, and how long each is down.",
                    "preset=nines&do=1s:set(site,series(parallel(balancer%3B balancer)%3B apps%3B database))&t=0.9&follow=line-7",
                    2.0,
                )
            },
        ],
    },
];

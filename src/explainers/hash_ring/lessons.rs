//! Guided steps. Answers are computed from the model at the end of each step, never written down.

use crate::explainers::lesson::{ask, step};
use crate::explainers::{Lesson, Step};

pub static LESSONS: &[Lesson] = &[
    Lesson {
        slug: "mod-n",
        title: "Why hash mod N hurts",
        steps: &[
            step(
                "The obvious rule",
                "Hash the key, divide by the number of servers, take the remainder: that is the server. Four servers share 400 keys, and the shares come out much the same.",
                "The dots: neighbours on the circle of hashes belong to different servers, because only the remainder counts.",
                "placement=mod-n&servers=4&keys=400",
                0.0,
            ),
            Step {
                ask: ask(
                    "A fifth server joins. How many of the keys change their server?",
                    &[("about 20%", 20.0), ("about 40%", 40.0), ("about 60%", 60.0), ("about 80%", 80.0)],
                    "moved",
                ),
                breaks: &["join-only"],
                ..step(
                    "One more server",
                    "The divisor goes from 4 to 5, so nearly every remainder changes: {moved} of the keys move, most of them between servers that were there all along. In a cache, each of these is a miss.",
                    "The dots that fly, and where they come from.",
                    "placement=mod-n&servers=4&keys=400&do=1s:add&t=0.9",
                    4.0,
                )
            },
            Step {
                breaks: &["leave-only"],
                ..step(
                    "One server fewer",
                    "It is no better on the way down. [cache-2](server-2) leaves, and {moved} of the keys change their server. Only about a fifth of all keys had been on it.",
                    "The check that says which key moved although its server stayed.",
                    "placement=mod-n&servers=5&keys=400&do=1s:leave(2)&t=0.9",
                    4.0,
                )
            },
            Step {
                ask: ask(
                    "Now a ring with 16 points per server. How many per cent move when a fifth joins?",
                    &[],
                    "moved",
                ),
                ..step(
                    "The same join on a ring",
                    "{moved} move, all of them to [cache-5](server-5). To give the newcomer an even share, any rule has to move a fifth.",
                    "Everything else stands still.",
                    "servers=4&keys=400&do=1s:add&t=0.9",
                    4.0,
                )
            },
            step(
                "How it grows",
                "From 50 to 51 servers, hash mod N moves {mod-n} of the keys and the ring {moved}. On average it is 50 keys in 51 against 1 in 51: the larger the cluster, the more hash mod N hurts.",
                "The two figures side by side.",
                "servers=50&keys=2000&do=1s:add&t=0.9",
                4.0,
            ),
        ],
    },
    Lesson {
        slug: "ring",
        title: "The ring",
        steps: &[
            step(
                "A hash is a direction",
                "A hash function turns any key into a number, and all numbers together make one turn of a circle. Where a key stands depends on nothing but the key.",
                "[user](key-3) or any other dot: point at it, and its direction shows.",
                "servers=3&vnodes=1&keys=300&follow=key-3",
                0.0,
            ),
            step(
                "Servers stand on it too",
                "Each server’s name is hashed onto the same circle. A key belongs to the first server clockwise from it. That is the whole rule.",
                "Each arc ends at the point that owns it.",
                "servers=3&vnodes=1&keys=300",
                0.0,
            ),
            Step {
                ask: ask(
                    "Five servers with 16 points each: 80 points. How many of them does a lookup have to look at?",
                    &[("1", 1.0), ("about 7", 7.0), ("about 40", 40.0), ("80", 80.0)],
                    "probes",
                ),
                ..step(
                    "Finding the owner",
                    "The points are kept sorted, so a lookup is a binary search: {probes} of them are looked at. Doubling the points adds one look.",
                    "The thin ticks are the looks, the thick one is the answer.",
                    "do=0.5s:lookup(user:8812)&t=0.4",
                    9.0,
                )
            },
            Step {
                ask: ask(
                    "A sixth server joins. How many per cent of the keys move?",
                    &[("about 3%", 3.0), ("about 15%", 15.0), ("about 50%", 50.0), ("about 83%", 83.0)],
                    "moved",
                ),
                ..step(
                    "A newcomer takes its share",
                    "[cache-6](server-6) puts 16 points on the circle and takes the arcs before them: {moved} of the keys. All others keep their server.",
                    "Which servers the dots come from.",
                    "do=2s:add&t=1.9",
                    5.0,
                )
            },
            step(
                "Nobody has to be asked",
                "The rule needs only the list of servers. Every client that has the list finds the same owner by itself: no directory, no message. Clients with different lists disagree, which is why real systems spread the list with care.",
                "Look another key up: the answer follows from the picture alone.",
                "do=0.5s:lookup(cart:77)&t=9",
                0.0,
            ),
        ],
    },
    Lesson {
        slug: "vnodes",
        title: "Uneven arcs and virtual nodes",
        steps: &[
            Step {
                ask: ask(
                    "Ten servers with one point each. How many times the mean does the busiest one get?",
                    &[("about 1.1", 1.1), ("about 1.5", 1.5), ("about 3.5", 3.5), ("about 10", 10.0)],
                    "peak",
                ),
                ..step(
                    "Chance is not fair",
                    "Ten points at random places cut very different arcs: the busiest server holds {peak} the mean. The standard deviation is {spread} of it.",
                    "The longest arc and the shortest.",
                    "servers=10&vnodes=1&keys=2000",
                    0.0,
                )
            },
            step(
                "Sixteen points each",
                "Give every server sixteen places instead of one, and its share is the sum of sixteen arcs, long and short. The deviation falls to {spread}.",
                "Each colour now turns up all around the circle.",
                "servers=10&vnodes=16&keys=2000",
                0.0,
            ),
            Step {
                ask: ask("And with 100 points each: how many per cent is the standard deviation?", &[], "spread"),
                charts: &["spread"],
                ..step(
                    "A hundred",
                    "{spread}: the deviation falls with the square root of the number of points. The chart measures it on rings of its own; published is 10% for 100 points and 3.2% for 1,000.",
                    "The marks at 100 and at 1,000 in the chart.",
                    "servers=10&vnodes=100&keys=20000",
                    0.0,
                )
            },
            step(
                "What it costs",
                "A thousand points per server bring {spread}, and ten thousand entries to sort, hold and search. Memory and every change of topology pay for evenness; Cassandra went from 256 tokens down to 16 and chooses them with more care.",
                "Part of the spread that is left comes from the keys: 20,000 of them fall by chance too.",
                "servers=10&vnodes=1000&keys=20000",
                0.0,
            ),
            Step {
                charts: &["load"],
                ..step(
                    "Weights",
                    "A server with twice the points gets about twice the keys. [cache-3](server-3) is the bigger machine here and now weighs 200%.",
                    "Its bar in the chart of keys, and that keys move only to it.",
                    "servers=6&vnodes=64&keys=2000&do=1s:weight(3,200)&t=0.9",
                    4.0,
                )
            },
        ],
    },
    Lesson {
        slug: "join-leave",
        title: "Join, leave, crash",
        steps: &[
            step(
                "One neighbour pays",
                "With one point per server, [cache-6](server-6) cuts a single arc in two: everything it gets comes from one neighbour, and only that one is relieved.",
                "All dots come from the same box.",
                "vnodes=1&do=1s:add&t=0.9",
                4.0,
            ),
            Step {
                ask: ask(
                    "Before it joins, with 16 points each: how many per cent of the keys will move?",
                    &[("about 3%", 3.0), ("about 15%", 15.0), ("about 50%", 50.0), ("about 83%", 83.0)],
                    "moved",
                ),
                ..step(
                    "A newcomer takes a little from many",
                    "With 16 points each, [cache-6](server-6) takes 16 small arcs, and the cost of joining is shared: {moved} of the keys, from most of the others.",
                    "Which boxes send dots, and which does not: 16 points do not reach everyone.",
                    "do=1s:add&t=0.9",
                    4.0,
                )
            },
            step(
                "Leaving with care",
                "[cache-2](server-2) leaves on purpose. It stays until its keys are handed over, and nothing is lost: {moved} move, and only its own.",
                "The box stays, dashed, until the last dot has left it.",
                "do=1s:leave(2)&t=0.9",
                4.0,
            ),
            Step {
                ask: ask(
                    "The same server crashes instead, and each key has one copy. Of 1,000 keys, how many are lost?",
                    &[("none", 0.0), ("about 15", 15.0), ("about 150", 150.0), ("all", 1000.0)],
                    "lost",
                ),
                breaks: &["kept"],
                ..step(
                    "Leaving without",
                    "The arcs find new owners at once, but the data is gone: {lost}. In a cache that means as many misses at the same moment, all for the database behind it.",
                    "The crosses: keys that have an owner again and no value.",
                    "do=1s:crash(2)&t=0.9",
                    4.0,
                )
            },
            Step {
                breaks: &["kept"],
                ..step(
                    "And back",
                    "It comes back with the same name, so its points are where they were and it takes its old arcs again, empty. A restart moves everything twice; many systems wait some minutes before they give the arcs away.",
                    "The arcs take back the colour they had before the crash; the crosses stay.",
                    "do=1s:crash(2);4s:restart(2)&t=3.9",
                    7.0,
                )
            },
        ],
    },
    Lesson {
        slug: "copies",
        title: "Copies",
        steps: &[
            step(
                "Walk on",
                "For three copies, walk on clockwise from the key and take the next servers. A point of a server that has the key already is skipped: two copies on one machine are no safer than one.",
                "Full dots on the ring are taken, hollow ones skipped.",
                "copies=3&do=0.3s:lookup(user:1047)&t=12",
                0.0,
            ),
            Step {
                ask: ask(
                    "Three copies of each key. One server crashes: how many keys are lost?",
                    &[("none", 0.0), ("about 70", 70.0), ("about 200", 200.0)],
                    "lost",
                ),
                ..step(
                    "One crash",
                    "{lost}. The next copy answers at once, and the missing third copies are made again from what is left.",
                    "The dots that fly are new copies, not rescued keys: no dot comes from the crashed server.",
                    "copies=3&do=1s:crash(2)&t=0.9",
                    4.0,
                )
            },
            Step {
                ask: ask(
                    "Two copies, and two servers crash half a second apart. Of 1,000 keys, how many are lost?",
                    &[],
                    "lost",
                ),
                breaks: &["kept"],
                ..step(
                    "The window",
                    "{lost}: the keys whose two copies were just on these two. The second crash came before new copies were made; that window, not the crash, decides.",
                    "The timeline: the second mark lies inside the first handover.",
                    "copies=2&do=1s:crash(2);1.5s:crash(4)&t=0.9",
                    5.0,
                )
            },
            step(
                "The same with time in between",
                "Four seconds apart, nothing is lost: by then every key had its second copy again.",
                "The check holds.",
                "copies=2&do=1s:crash(2);5s:crash(4)&t=0.9",
                8.0,
            ),
        ],
    },
    Lesson {
        slug: "celebrity",
        title: "The celebrity and the domino",
        steps: &[
            step(
                "Room to spare",
                "Five servers, evenly enough loaded; each could take 1.7 times its fair share of requests. It looks safe.",
                "The bars in the boxes: load against capacity.",
                "vnodes=100&capacity=170&t=0",
                0.0,
            ),
            Step {
                breaks: &["capacity"],
                ..step(
                    "A celebrity",
                    "One key now gets a quarter of all requests. Hashing spreads keys, not requests: all of them land on the one server that owns it.",
                    "The ringed key, and the box whose bar turns red.",
                    "vnodes=100&capacity=170&do=1s:hot(25)&t=0.9",
                    3.5,
                )
            },
            Step {
                ask: ask(
                    "The overloaded server fails, and its load goes to the others. How many of the five are still up at the end?",
                    &[("4", 4.0), ("3", 3.0), ("2", 2.0), ("none", 0.0)],
                    "up",
                ),
                breaks: &["capacity", "kept", "one-owner"],
                ..step(
                    "The domino",
                    "The celebrity moves to the next server, with everyone else’s keys on top; that one fails too, and each failure leaves fewer to share. Servers up at the end: {up}.",
                    "The marks on the timeline come three seconds apart.",
                    "vnodes=100&capacity=170&do=1s:hot(25)&t=3.5",
                    13.5,
                )
            },
            Step {
                breaks: &["capacity"],
                ..step(
                    "More servers do not help",
                    "Three more servers take keys off everyone, and the celebrity moves to one of them. But one key cannot be divided: whoever has it gets all of its requests.",
                    "One bar is red all along: that of the server with the ringed key.",
                    "vnodes=100&capacity=170&do=1s:hot(25);1.5s:add;2s:add;2.5s:add&t=0.9",
                    3.5,
                )
            },
            Step {
                ask: ask(
                    "With a bound of 1.25 times the mean, how many times the mean will the busiest server get?",
                    &[],
                    "peak",
                ),
                ..step(
                    "Bounded loads",
                    "No server takes more than 1.25 times the mean; what does not fit goes on clockwise to the next with room. The busiest now gets {peak}. The price: the hot key is on several servers, and other keys move to make room.",
                    "No bar turns red, and nobody fails.",
                    "placement=bounded&vnodes=100&capacity=170&do=1s:hot(25)&t=0.9",
                    6.0,
                )
            },
        ],
    },
    Lesson {
        slug: "others",
        title: "What others do",
        steps: &[
            Step {
                ask: ask(
                    "Jump hash keeps no table at all. A sixth server joins: how many per cent of the keys move?",
                    &[],
                    "moved",
                ),
                ..step(
                    "Jump hash",
                    "A few lines of arithmetic and no memory: {moved} move, just the newcomer’s share, and shares are even. Servers are numbers, though, not names.",
                    "No arcs: neighbours on the circle have nothing in common.",
                    "placement=jump&do=1s:add&t=0.9",
                    4.0,
                )
            },
            Step {
                ask: ask(
                    "Now the second of five goes, and the others close ranks. How many per cent move?",
                    &[("about 20%", 20.0), ("about 45%", 45.0), ("about 75%", 75.0), ("all", 100.0)],
                    "moved",
                ),
                breaks: &["leave-only"],
                ..step(
                    "Its blind side",
                    "Only the last number can go cheaply. When number 2 goes and 3, 4 and 5 move up, {moved} of the keys move. Jump hash suits shards that are numbered and replicated, not servers that come and go.",
                    "The check names a key that moved although its server stayed.",
                    "placement=jump&do=1s:leave(2)&t=0.9",
                    4.0,
                )
            },
            step(
                "Rendezvous",
                "Each key scores every server with a hash of both and takes the highest. When one goes, its keys take their second choice: {moved} move, spread over all. No ring and no points, but a lookup costs one hash per server.",
                "Keys of the one that left scatter evenly.",
                "placement=rendezvous&do=1s:leave(2)&t=0.9",
                4.0,
            ),
            Step {
                ask: ask(
                    "Maglev fills a table of 251 entries by turns. What is the standard deviation of keys per server?",
                    &[("about 3%", 3.0), ("about 25%", 25.0), ("about 50%", 50.0)],
                    "spread",
                ),
                breaks: &["leave-only"],
                ..step(
                    "Maglev",
                    "Every server takes its turn in a table, so shares are even to one entry; a lookup is one read. What is left of the deviation is the keys’ own chance. When one leaves, a few entries of others change too: Maglev pays for evenness with a little more movement.",
                    "The check names a key that moved although its server stayed.",
                    "placement=maglev&table=251&keys=3000&do=1s:leave(2)&t=0.9",
                    4.0,
                )
            },
            step(
                "Slots",
                "Redis Cluster hashes a key to one of 16,384 slots and keeps a map from slot to server. Moving data is an operator’s decision: the newcomer has {moved} of the keys because a reshard gave it a quarter of the slots. Keys with the same {tag} share a slot.",
                "Contiguous ranges: who owns what is a table, not an accident of hashing.",
                "placement=redis&servers=3&do=1s:add&t=0.9",
                4.0,
            ),
        ],
    },
];

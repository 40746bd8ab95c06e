/* LRU and SIEVE as plainly as C says them, for `native bench` to be held against.
 * Arguments: a file of 32-bit keys, all below the number of keys; that number; the capacity.
 * Prints, for each rule, its name, the misses, and the nanoseconds of the median of seven runs. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NONE UINT32_MAX

/* By key: its neighbours, whether it is held, and SIEVE's bit. */
struct entry { uint32_t newer, older; uint8_t held, visited; };

static struct entry *all;
static uint32_t head, tail, hand, count;

static void unlink_key(uint32_t k) {
    uint32_t n = all[k].newer, o = all[k].older;
    if (n == NONE) head = o; else all[n].older = o;
    if (o == NONE) tail = n; else all[o].newer = n;
}

static void link_key(uint32_t k) {
    all[k].newer = NONE;
    all[k].older = head;
    if (head == NONE) tail = k; else all[head].newer = k;
    head = k;
}

static uint32_t lru(const uint32_t *trace, uint32_t n, uint32_t capacity) {
    uint32_t misses = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = trace[i];
        if (all[k].held) {
            if (head != k) { unlink_key(k); link_key(k); }
            continue;
        }
        misses++;
        if (count == capacity) {
            uint32_t victim = tail;
            unlink_key(victim);
            all[victim].held = 0;
        } else count++;
        all[k].held = 1;
        link_key(k);
    }
    return misses;
}

static uint32_t sieve(const uint32_t *trace, uint32_t n, uint32_t capacity) {
    uint32_t misses = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = trace[i];
        if (all[k].held) { all[k].visited = 1; continue; }
        misses++;
        if (count == capacity) {
            uint32_t at = hand == NONE ? tail : hand;
            while (all[at].visited) {
                all[at].visited = 0;
                at = all[at].newer == NONE ? tail : all[at].newer;
            }
            hand = all[at].newer;
            unlink_key(at);
            all[at].held = 0;
        } else count++;
        all[k].held = 1;
        all[k].visited = 0;
        link_key(k);
    }
    return misses;
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    uint32_t keys = (uint32_t)strtoul(argv[2], NULL, 10), capacity = (uint32_t)strtoul(argv[3], NULL, 10);
    FILE *file = fopen(argv[1], "rb");
    if (!file || fseek(file, 0, SEEK_END)) return 1;
    long size = ftell(file);
    rewind(file);
    uint32_t n = (uint32_t)(size / 4), *trace = malloc((size_t)size);
    all = malloc(sizeof *all * keys);
    if (!trace || !all || fread(trace, 4, n, file) != n) return 1;
    uint32_t (*rules[])(const uint32_t *, uint32_t, uint32_t) = { lru, sieve };
    const char *names[] = { "LRU", "SIEVE" };
    for (int r = 0; r < 2; r++) {
        double took[7];
        uint32_t misses = 0;
        for (int run = 0; run < 7; run++) {
            memset(all, 0, sizeof *all * keys);
            head = tail = hand = NONE;
            count = 0;
            struct timespec from, to;
            clock_gettime(CLOCK_MONOTONIC, &from);
            misses = rules[r](trace, n, capacity);
            clock_gettime(CLOCK_MONOTONIC, &to);
            double now = (to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec);
            int at = run;
            for (; at > 0 && took[at - 1] > now; at--) took[at] = took[at - 1];
            took[at] = now;
        }
        printf("%s %u %.0f\n", names[r], misses, took[3]);
    }
    return 0;
}

/* The bare program of `steps sharing`: the loops of the preset "False sharing" in C. Each thread adds 1 to its own
   counter; the counters are next to each other or 128 bytes apart.
   Usage: counters THREADS PLAIN ATOMIC. Prints the mean nanoseconds of one addition: plain side by side, plain
   apart, atomic side by side, atomic apart. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static _Alignas(128) _Atomic uint64_t counters[4][2 * 16];
static uint64_t plain, atomics;
static double sums[4];
static pthread_mutex_t sums_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t start_barrier;

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static __attribute__((noinline)) void load_add_store(_Atomic uint64_t *counter, uint64_t count) {
#if defined(__x86_64__)
    /* The instruction that rustc chooses; gcc would load, add and store in three. */
    for (uint64_t i = 0; i < count; i++) __asm__ volatile("incq %0" : "+m"(*(uint64_t *)counter));
#else
    for (uint64_t i = 0; i < count; i++)
        atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1, memory_order_relaxed);
#endif
}

static __attribute__((noinline)) void fetch_add(_Atomic uint64_t *counter, uint64_t count) {
    for (uint64_t i = 0; i < count; i++)
        atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static void *run(void *argument) {
    uintptr_t thread = (uintptr_t)argument;
    pthread_barrier_wait(&start_barrier);
    for (int form = 0; form < 4; form++) {
        uint64_t count = form < 2 ? plain : atomics;
        _Atomic uint64_t *counter = &counters[form][thread * (form % 2 ? 16 : 1)];
        uint64_t begun = now();
        (form < 2 ? load_add_store : fetch_add)(counter, count);
        double each = (double)(now() - begun) / (double)count;
        pthread_mutex_lock(&sums_lock);
        sums[form] += each;
        pthread_mutex_unlock(&sums_lock);
    }
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 4) return 2;
    int threads = atoi(arguments[1]);
    if (threads < 1 || threads > 2) return 2;
    plain = strtoull(arguments[2], NULL, 10);
    atomics = strtoull(arguments[3], NULL, 10);
    pthread_t handles[2];
    pthread_barrier_init(&start_barrier, NULL, (unsigned)threads);
    for (int thread = 0; thread < threads; thread++)
        if (pthread_create(&handles[thread], NULL, run, (void *)(uintptr_t)thread)) return 1;
    for (int thread = 0; thread < threads; thread++) pthread_join(handles[thread], NULL);
    for (int form = 0; form < 4; form++) printf("%.4f\n", sums[form] / threads);
    return 0;
}

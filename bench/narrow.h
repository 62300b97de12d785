/* A provider with no more than one signature needs. */
#ifndef BENCH_NARROW_H
#define BENCH_NARROW_H

/* To be called before anything is fetched from libcrypto. Dies when it cannot. */
void narrow_provider(void);

#endif

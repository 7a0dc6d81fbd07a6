/**
 * C text that the lanes stand on: vectors of doubles and of 64-bit integers by the vector extension of GCC and Clang. Masks are integers
 * with all bits of a lane set, or none. Instructions are named only where the extension has no operator for them; every one has a
 * portable form beside it. Integers that come from doubles are whole and below 2^51, so that adding 1.5·2^52 converts them.
 */
export const LANE_PRELUDE = `
#define NOETHER_INLINE static inline __attribute__((unused, always_inline))
#define NOETHER_ROUTINE static __attribute__((unused))
#if NOETHER_LANES == 8 && defined(__AVX512F__) && defined(__AVX512DQ__)
#define NOETHER_WIDE 8
#elif NOETHER_LANES == 4 && defined(__AVX2__)
#define NOETHER_WIDE 4
#elif NOETHER_LANES == 2 && defined(__SSE2__)
#define NOETHER_WIDE 2
#else
#define NOETHER_WIDE 0
#endif
typedef double noether_f __attribute__((vector_size(8 * NOETHER_LANES)));
typedef int64_t noether_i __attribute__((vector_size(8 * NOETHER_LANES)));
typedef uint64_t noether_u __attribute__((vector_size(8 * NOETHER_LANES)));
typedef double noether_place __attribute__((vector_size(8 * NOETHER_LANES), aligned(8), may_alias));
#if NOETHER_WIDE
#include <immintrin.h>
#endif
#define NOETHER_D(x) ((x) - (noether_f){0})
#define NOETHER_L(x) ((noether_i){0} + INT64_C(x))
#define NOETHER_ALL (~(noether_i){0})

/* A product that is rounded here and not fused with a later sum: what error-free transformations need. */
NOETHER_INLINE noether_f noether_rounded(noether_f x) {
#if NOETHER_WIDE && defined(__FMA__)
  __asm__("" : "+v"(x));
#elif !defined(__SSE2__) || defined(__FMA__)
  __asm__("" : "+m"(x));
#endif
  return x;
}
NOETHER_INLINE noether_f noether_choose(noether_i m, noether_f a, noether_f b) {
#if NOETHER_WIDE == 8
  return (noether_f)_mm512_mask_blend_pd(_mm512_movepi64_mask((__m512i)m), (__m512d)b, (__m512d)a);
#elif NOETHER_WIDE == 4
  return (noether_f)_mm256_blendv_pd((__m256d)b, (__m256d)a, (__m256d)m);
#else
  return (noether_f)((m & (noether_i)a) | (~m & (noether_i)b));
#endif
}
NOETHER_INLINE noether_i noether_pick(noether_i m, noether_i a, noether_i b) { return (m & a) | (~m & b); }
NOETHER_INLINE int noether_any(noether_i m) {
#if NOETHER_WIDE == 8
  return _mm512_movepi64_mask((__m512i)m) != 0;
#elif NOETHER_WIDE == 4
  return _mm256_movemask_pd((__m256d)m) != 0;
#elif NOETHER_WIDE == 2
  return _mm_movemask_pd((__m128d)m) != 0;
#else
  int64_t any = 0;
  for (int k = 0; k < NOETHER_LANES; k++) any |= m[k];
  return any != 0;
#endif
}
NOETHER_INLINE noether_f noether_least(noether_f a, noether_f b) { return noether_choose((b < a) | (b != b), b, a); }
NOETHER_INLINE noether_f noether_greatest(noether_f a, noether_f b) { return noether_choose((a < b) | (b != b), b, a); }
NOETHER_INLINE noether_f noether_abs(noether_f x) { return (noether_f)((noether_i)x & INT64_MAX); }
NOETHER_INLINE noether_f noether_sign(noether_f x, noether_f y) {
  return (noether_f)(((noether_i)x & INT64_MAX) | ((noether_i)y & INT64_MIN));
}
NOETHER_INLINE noether_f noether_root(noether_f x) {
#if NOETHER_WIDE == 8
  return (noether_f)_mm512_sqrt_pd((__m512d)x);
#elif NOETHER_WIDE == 4
  return (noether_f)_mm256_sqrt_pd((__m256d)x);
#elif NOETHER_WIDE == 2
  return (noether_f)_mm_sqrt_pd((__m128d)x);
#else
  noether_f r = {0};
  for (int k = 0; k < NOETHER_LANES; k++) r[k] = sqrt(x[k]);
  return r;
#endif
}
NOETHER_INLINE noether_f noether_below(noether_f x) {
#if NOETHER_WIDE == 8
  return (noether_f)_mm512_roundscale_pd((__m512d)x, 1);
#elif NOETHER_WIDE == 4
  return (noether_f)_mm256_floor_pd((__m256d)x);
#else
  const noether_f shift = noether_sign(NOETHER_D(0x1p52), x), whole = (x + shift) - shift;
  const noether_f low = noether_choose(x < whole, whole - 1.0, whole);
  return noether_choose(noether_abs(x) < 0x1p52, noether_sign(low, x), x);
#endif
}
NOETHER_INLINE noether_i noether_whole(noether_f x) {
#if NOETHER_WIDE == 8
  return (noether_i)_mm512_cvtpd_epi64((__m512d)x);
#else
  return (noether_i)(x + 0x1.8p52) - INT64_C(0x4338000000000000);
#endif
}
NOETHER_INLINE noether_f noether_real(noether_i x) {
#if NOETHER_WIDE == 8
  return (noether_f)_mm512_cvtepi64_pd((__m512i)x);
#else
  return (noether_f)(x + INT64_C(0x4338000000000000)) - 0x1.8p52;
#endif
}
NOETHER_INLINE noether_f noether_load(const double *work, int64_t at) { return *(const noether_place *)(work + NOETHER_LANES * at); }
NOETHER_INLINE void noether_store(double *work, int64_t at, noether_f x) { *(noether_place *)(work + NOETHER_LANES * at) = x; }
/* Positions count doubles of the address space, so that a lane reads and writes its own trajectory's arrays. */
NOETHER_INLINE noether_f noether_gather(noether_i at) {
  noether_f r = {0};
  for (int k = 0; k < NOETHER_LANES; k++) r[k] = *(const double *)((uintptr_t)at[k] << 3);
  return r;
}
NOETHER_INLINE void noether_scatter(noether_i active, noether_i at, noether_f x) {
  for (int k = 0; k < NOETHER_LANES; k++) if (active[k]) *(double *)((uintptr_t)at[k] << 3) = x[k];
}
`

/** A table of constants that the functions look up; the positions of lanes at rest may be anything. */
export function laneTable(values: readonly number[]): string {
  const size = 2 ** Math.ceil(Math.log2(values.length))
  return [
    `static const double noether_table[${size}] = { ${values.join(', ')} };`,
    'NOETHER_INLINE noether_f noether_lookup(noether_i at) {',
    '  noether_f r = {0};',
    `  for (int k = 0; k < NOETHER_LANES; k++) r[k] = noether_table[at[k] & ${size - 1}];`,
    '  return r;',
    '}',
  ].join('\n')
}

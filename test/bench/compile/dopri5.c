/* Dormand-Prince 5(4), written by hand as a user of C would, with Hairer's constants of step control (dopri5.f; HNW I, II.4): the peer
   of the compiled integrators. To be compiled with -DRATES=… and -DN=…, a problem of problems.h and the number of its equations.
   Usage: dopri5 TOLERANCE SECONDS DATA; prints the least seconds of a run and the end state. */
#include "problems.h"
#include <stdio.h>
#include <time.h>

static double norm(const double *v, const double *size, double tolerance) {
  double sum = 0;
  for (int i = 0; i < N; i++) {
    const double scaled = v[i] / (tolerance + tolerance * fabs(size[i]));
    sum += scaled * scaled;
  }
  return sqrt(sum / N);
}

static double first_step(const double *y, const double *k1, double *work, double *k2, double tolerance) {
  const double d0 = norm(y, y, tolerance), d1 = norm(k1, y, tolerance);
  const double guess = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1;
  for (int i = 0; i < N; i++) work[i] = y[i] + guess * k1[i];
  RATES(work, k2);
  for (int i = 0; i < N; i++) work[i] = k2[i] - k1[i];
  return fmin(100 * guess, pow(0.01 / fmax(d1, norm(work, y, tolerance) / guess), 0.2));
}

static void integrate(double *restrict y, double end, double tolerance) {
  double k1[N], k2[N], k3[N], k4[N], k5[N], k6[N], k7[N], s[N], next[N];
  double t = 0, previous = 1e-4;
  int rejected = 0;
  RATES(y, k1);
  double h = first_step(y, k1, s, k2, tolerance);
  while (t < end) {
    const int last = t + 1.0001 * h >= end;
    if (last) h = end - t;
    for (int i = 0; i < N; i++) s[i] = y[i] + h * (1.0 / 5 * k1[i]);
    RATES(s, k2);
    for (int i = 0; i < N; i++) s[i] = y[i] + h * (3.0 / 40 * k1[i] + 9.0 / 40 * k2[i]);
    RATES(s, k3);
    for (int i = 0; i < N; i++) s[i] = y[i] + h * (44.0 / 45 * k1[i] - 56.0 / 15 * k2[i] + 32.0 / 9 * k3[i]);
    RATES(s, k4);
    for (int i = 0; i < N; i++)
      s[i] = y[i] + h * (19372.0 / 6561 * k1[i] - 25360.0 / 2187 * k2[i] + 64448.0 / 6561 * k3[i] - 212.0 / 729 * k4[i]);
    RATES(s, k5);
    for (int i = 0; i < N; i++)
      s[i] = y[i] + h * (9017.0 / 3168 * k1[i] - 355.0 / 33 * k2[i] + 46732.0 / 5247 * k3[i] + 49.0 / 176 * k4[i] - 5103.0 / 18656 * k5[i]);
    RATES(s, k6);
    for (int i = 0; i < N; i++)
      next[i] = y[i] + h * (35.0 / 384 * k1[i] + 500.0 / 1113 * k3[i] + 125.0 / 192 * k4[i] - 2187.0 / 6784 * k5[i] + 11.0 / 84 * k6[i]);
    RATES(next, k7);
    double sum = 0;
    for (int i = 0; i < N; i++) {
      const double error = h * (71.0 / 57600 * k1[i] - 71.0 / 16695 * k3[i] + 71.0 / 1920 * k4[i] - 17253.0 / 339200 * k5[i]
        + 22.0 / 525 * k6[i] - 1.0 / 40 * k7[i]) / (tolerance + tolerance * fmax(fabs(y[i]), fabs(next[i])));
      sum += error * error;
    }
    const double error = sqrt(sum / N);
    if (error <= 1) {
      t = last ? end : t + h;
      memcpy(y, next, sizeof next);
      memcpy(k1, k7, sizeof k7);
      const double factor = 0.9 * pow(fmax(error, 1e-10), -(0.2 - 0.03)) * pow(previous, 0.04);
      h *= fmin(rejected ? 1 : 10, fmax(0.2, factor));
      previous = fmax(error, 1e-4);
      rejected = 0;
    } else {
      h *= fmax(0.1, 0.9 * pow(error, -0.2));
      rejected = 1;
    }
  }
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  FILE *file = fopen(arguments[3], "r");
  if (!file) return 2;
  static double v[1 << 14];
  size_t length = 0;
  while (length < sizeof v / sizeof *v && fscanf(file, "%lf", v + length) == 1) length++;
  const double *y0 = N == WEIGHTS ? network_data(v) : v + 1;
  const double tolerance = atof(arguments[1]), limit = atof(arguments[2]), start = now();
  double y[N], best = 1e9;
  do {
    const double before = now();
    memcpy(y, y0, sizeof y);
    integrate(y, v[0], tolerance);
    best = fmin(best, now() - before);
  } while (now() - start < limit);
  printf("%.9g", best);
  for (int i = 0; i < N; i++) printf(" %.17g", y[i]);
  return 0;
}

/* Right-hand sides of the benchmark's problems, written by hand as a user of C would, for the solvers in C. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BODIES = 7 };

/* Pleiades. Data: the end and the 28 initial values. */
static void pleiades(const double *restrict z, double *restrict out) {
  const double *x = z, *y = z + BODIES;
  double *ax = out + 2 * BODIES, *ay = out + 3 * BODIES;
  memcpy(out, z + 2 * BODIES, 2 * BODIES * sizeof(double));
  memset(ax, 0, 2 * BODIES * sizeof(double));
  for (int i = 0; i < BODIES; i++)
    for (int j = i + 1; j < BODIES; j++) {
      const double dx = x[j] - x[i], dy = y[j] - y[i], square = dx * dx + dy * dy, pull = 1 / (square * sqrt(square));
      ax[i] += (j + 1) * pull * dx;
      ay[i] += (j + 1) * pull * dy;
      ax[j] -= (i + 1) * pull * dx;
      ay[j] -= (i + 1) * pull * dy;
    }
}

enum { EXAMPLES = 32, INPUTS = 20, HIDDEN = 32, OUTPUTS = 10, WEIGHTS = INPUTS * HIDDEN + HIDDEN * OUTPUTS };
static double images[EXAMPLES][INPUTS], labels[EXAMPLES][OUTPUTS];

/* Gradient flow of a tanh network under softmax cross-entropy, an example after the other; sizes known to the compiler. */
static void network(const double *restrict weights, double *restrict rates) {
  const double (*w1)[HIDDEN] = (const void *)weights, (*w2)[OUTPUTS] = (const void *)(weights + INPUTS * HIDDEN);
  double (*g1)[HIDDEN] = (void *)rates, (*g2)[OUTPUTS] = (void *)(rates + INPUTS * HIDDEN);
  memset(rates, 0, WEIGHTS * sizeof(double));
  for (int s = 0; s < EXAMPLES; s++) {
    double h[HIDDEN] = { 0 }, d[OUTPUTS] = { 0 }, largest = -INFINITY, sum = 0, mass = 0;
    for (int i = 0; i < INPUTS; i++)
      for (int j = 0; j < HIDDEN; j++) h[j] += images[s][i] * w1[i][j];
    for (int j = 0; j < HIDDEN; j++) h[j] = tanh(h[j]);
    for (int j = 0; j < HIDDEN; j++)
      for (int k = 0; k < OUTPUTS; k++) d[k] += h[j] * w2[j][k];
    for (int k = 0; k < OUTPUTS; k++) largest = fmax(largest, d[k]);
    for (int k = 0; k < OUTPUTS; k++) sum += d[k] = exp(d[k] - largest), mass += labels[s][k];
    for (int k = 0; k < OUTPUTS; k++) d[k] = (d[k] / sum * mass - labels[s][k]) / EXAMPLES;
    for (int j = 0; j < HIDDEN; j++) {
      double back = 0;
      for (int k = 0; k < OUTPUTS; k++) {
        back += d[k] * w2[j][k];
        g2[j][k] -= d[k] * h[j];
      }
      h[j] = back * (1 - h[j] * h[j]);
    }
    for (int i = 0; i < INPUTS; i++)
      for (int j = 0; j < HIDDEN; j++) g1[i][j] -= images[s][i] * h[j];
  }
}

/* Reads the network's data: end, examples, inputs, hidden, outputs, x, y, initial weights. Returns these weights. */
static const double *network_data(const double *v) {
  if (v[1] != EXAMPLES || v[2] != INPUTS || v[3] != HIDDEN || v[4] != OUTPUTS) exit(3);
  memcpy(images, v + 5, sizeof images);
  memcpy(labels, v + 5 + EXAMPLES * INPUTS, sizeof labels);
  return v + 5 + EXAMPLES * (INPUTS + OUTPUTS);
}

/* SUNDIALS' CVODE, Adams' methods with functional iteration, on the problems of the benchmark, as a user of C would call it.
   The few declarations stand here, so that no header is needed: the libraries of pip's scikit-sundae (7) or of a distribution (6) do.
   Usage: sundials version | sundials TOLERANCE SECONDS KIND DATA; prints the least seconds of a run and the result. */
#include "problems.h"
#include <stdint.h>
#include <stdio.h>
#include <time.h>

typedef struct opaque_vector *N_Vector;
typedef struct opaque_context *SUNContext;
typedef struct opaque_solver *SUNNonlinearSolver;
typedef int (*Rates)(double t, N_Vector y, N_Vector out, void *data);
int SUNContext_Create(void *, SUNContext *);
int SUNDIALSGetVersion(char *, int);
double *N_VGetArrayPointer(N_Vector);
N_Vector N_VNew_Serial(int64_t, SUNContext);
SUNNonlinearSolver SUNNonlinSol_FixedPoint(N_Vector, int, SUNContext);
void *CVodeCreate(int, SUNContext);
int CVodeInit(void *, Rates, double, N_Vector);
int CVodeReInit(void *, double, N_Vector);
int CVodeSStolerances(void *, double, double);
int CVodeSetNonlinearSolver(void *, SUNNonlinearSolver);
int CVodeSetMaxNumSteps(void *, long);
int CVodeSetStopTime(void *, double);
int CVodeSetUserData(void *, void *);
int CVode(void *, double, N_Vector, double *, int);
enum { ADAMS = 1, NORMAL = 1 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int pleiades_rates(double t, N_Vector state, N_Vector rates, void *data) {
  (void)t, (void)data;
  pleiades(N_VGetArrayPointer(state), N_VGetArrayPointer(rates));
  return 0;
}

static int network_rates(double t, N_Vector state, N_Vector rates, void *data) {
  (void)t, (void)data;
  network(N_VGetArrayPointer(state), N_VGetArrayPointer(rates));
  return 0;
}

/* Driven oscillator: x'' = u - k x - c x'. Data: count, segments, spacing, c, then for each its k and its drives. */
typedef struct { double k, c, u; } Oscillator;
static int oscillator(double t, N_Vector state, N_Vector rates, void *data) {
  const double *z = N_VGetArrayPointer(state);
  const Oscillator *o = data;
  double *out = N_VGetArrayPointer(rates);
  (void)t;
  out[0] = z[1];
  out[1] = o->u - o->k * z[0] - o->c * z[1];
  return 0;
}

typedef struct {
  void *solver;
  N_Vector y;
} Integrator;

static Integrator integrator(SUNContext context, Rates rates, int64_t size, double tolerance, void *data) {
  const Integrator made = { CVodeCreate(ADAMS, context), N_VNew_Serial(size, context) };
  memset(N_VGetArrayPointer(made.y), 0, (size_t)size * sizeof(double));
  CVodeInit(made.solver, rates, 0, made.y);
  CVodeSStolerances(made.solver, tolerance, tolerance);
  CVodeSetNonlinearSolver(made.solver, SUNNonlinSol_FixedPoint(made.y, 0, context));
  CVodeSetMaxNumSteps(made.solver, 10000000);
  CVodeSetUserData(made.solver, data);
  return made;
}

static void advance(Integrator it, double from, double to) {
  double t;
  CVodeReInit(it.solver, from, it.y);
  CVodeSetStopTime(it.solver, to);
  if (CVode(it.solver, to, it.y, &t, NORMAL) < 0) exit(1);
}

int main(int count, char **arguments) {
  char version[64] = "";
  SUNDIALSGetVersion(version, sizeof version);
  if (count == 2) return puts(version) < 0;
  if (count != 5) return 2;
  const double tolerance = atof(arguments[1]), limit = atof(arguments[2]);
  FILE *file = fopen(arguments[4], "r");
  if (!file) return 2;
  size_t length = 0, room = 1 << 16;
  double *v = malloc(room * sizeof(double));
  while (fscanf(file, "%lf", v + length) == 1)
    if (++length == room) v = realloc(v, (room *= 2) * sizeof(double));
  SUNContext context;
  SUNContext_Create(NULL, &context);
  const int many = strcmp(arguments[3], "oscillators") == 0, flow = strcmp(arguments[3], "network") == 0;
  const int trajectories = many ? (int)v[0] : 1, segments = many ? (int)v[1] : 1;
  const double *y0 = flow ? network_data(v) : v + 1;
  const int size = many ? 2 : flow ? WEIGHTS : 4 * BODIES;
  Oscillator one = { 0, many ? v[3] : 0, 0 };
  double *result = malloc(sizeof(double) * (size_t)(many ? trajectories : size));
  const Integrator it = integrator(context, many ? oscillator : flow ? network_rates : pleiades_rates, size, tolerance, &one);
  double *y = N_VGetArrayPointer(it.y), best = 1e9, start = now();
  do {
    const double before = now();
    for (int i = 0; i < trajectories; i++) {
      if (many) y[0] = 1, y[1] = 0, one.k = v[4 + (size_t)i * (size_t)(segments + 1)];
      else memcpy(y, y0, sizeof(double) * (size_t)size);
      for (int s = 0; s < segments; s++) {
        if (many) one.u = v[4 + (size_t)i * (size_t)(segments + 1) + 1 + (size_t)s];
        if (many) advance(it, s * v[2], (s + 1) * v[2]);
        else advance(it, 0, v[0]);
      }
      if (many) result[i] = y[0];
    }
    best = fmin(best, now() - before);
  } while (now() - start < limit);
  printf("%.9g", best);
  for (int i = 0; i < (many ? trajectories : size); i++) printf(" %.17g", many ? result[i] : y[i]);
  return 0;
}

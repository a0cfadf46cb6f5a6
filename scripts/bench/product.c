/* What the BLAS gives a C program: `product LIBRARY THREADS` reads lines "M N K count" and answers each with the
   seconds that count products [M, K] . [K, N] in float32 took. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef void sgemm(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int);

static float *numbers(long count) {
  float *out = malloc(count * sizeof *out);
  for (long i = 0; out && i < count; i++) out[i] = (float)rand() / RAND_MAX - 0.5f;
  return out;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

int main(int argc, char **argv) {
  void *library = argc == 3 ? dlopen(argv[1], RTLD_NOW) : NULL;
  sgemm *multiply = library ? (sgemm *)dlsym(library, "cblas_sgemm") : NULL;
  if (!multiply) return 1;
  const char *setters[] = {"openblas_set_num_threads", "MKL_Set_Num_Threads"};
  for (int i = 0; i < 2; i++) {
    void (*set)(int) = (void (*)(int))dlsym(library, setters[i]);
    if (set) set(atoi(argv[2]));
  }
  void (*setLong)(long) = (void (*)(long))dlsym(library, "bli_thread_set_num_threads");
  if (setLong) setLong(atoi(argv[2]));

  long M, N, K, count;
  while (scanf("%ld %ld %ld %ld", &M, &N, &K, &count) == 4) {
    float *a = numbers(M * K), *b = numbers(K * N), *out = numbers(M * N);
    if (!a || !b || !out) return 1;
    multiply(101, 111, 111, M, N, K, 1, a, K, b, N, 0, out, N);
    double start = now();
    for (long i = 0; i < count; i++) multiply(101, 111, 111, M, N, K, 1, a, K, b, N, 0, out, N);
    printf("%.9f\n", now() - start);
    fflush(stdout);
    free(a), free(b), free(out);
  }
  return 0;
}

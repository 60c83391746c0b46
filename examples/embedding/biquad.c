/* A low-pass filter of second order from text, in plain C: a bank of them, fed block by block. */
#include <math.h>
#include <rondo/rondo.h>
#include <stdio.h>
#include <string.h>

enum { CHANNELS = 8, BLOCK = 64, BLOCKS = 50 };

static const char text[] =
    "# Direct form II, transposed.\n"
    "cell biquad() {\n"
    "  input  x : f32[1]\n"
    "  state  s1 : f32[1]\n"
    "  state  s2 : f32[1]\n"
    "  weight b : f32[3]\n"
    "  weight a : f32[3]\n"
    "  y = b[0] * x + s1\n"
    "  next s1 = b[1] * x - a[1] * y + s2\n"
    "  next s2 = b[2] * x - a[2] * y\n"
    "  output y\n"
    "}\n";

static int failed(rondo_status status, rondo_messages** messages) {
  if (status == RONDO_OK) return 0;
  fprintf(stderr, "status %d\n%s", (int)status, rondo_messages_text(*messages));
  rondo_messages_free(*messages);
  return 1;
}

/* Low pass at a fraction of the sample rate, after the Audio EQ Cookbook. */
static void design(double fraction, float b[3], float a[3]) {
  const double w = 2 * 3.14159265358979 * fraction, alpha = sin(w) / (2 * 0.7071), a0 = 1 + alpha;
  b[0] = b[2] = (float)((1 - cos(w)) / 2 / a0);
  b[1] = 2 * b[0];
  a[0] = 1;
  a[1] = (float)(-2 * cos(w) / a0);
  a[2] = (float)((1 - alpha) / a0);
}

int main(void) {
  rondo_messages* messages = NULL;
  rondo_program* program = NULL;
  rondo_cell* cell = NULL;
  rondo_kernel* kernel = NULL;
  rondo_model* model = NULL;
  rondo_stream* stream = NULL;
  float b[3], a[3], x[BLOCK][CHANNELS], y[BLOCK][CHANNELS];
  const void* weights[2];
  double low = 0, high = 0;
  int block, t, channel, n = 0;

  design(0.02, b, a);
  weights[0] = b;
  weights[1] = a;
  if (failed(rondo_program_parse("biquad", text, strlen(text), &program, &messages), &messages) ||
      failed(rondo_program_cell(program, NULL, NULL, 0, &cell, &messages), &messages) ||
      failed(rondo_compile(cell, NULL, &kernel, &messages), &messages) ||
      failed(rondo_model_new(kernel, weights, &model, &messages), &messages) ||
      failed(rondo_stream_new(model, CHANNELS, NULL, NULL, &stream, &messages), &messages))
    return 1;
  rondo_program_free(program); /* each object keeps what it needs of the others */
  rondo_cell_free(cell);
  rondo_kernel_free(kernel);
  rondo_model_free(model);

  for (block = 0; block < BLOCKS; ++block) {
    const rondo_view in = {x, 1, CHANNELS}, out = {y, 1, CHANNELS};
    for (t = 0; t < BLOCK; ++t, ++n)
      for (channel = 0; channel < CHANNELS; ++channel) /* even channels hum, odd ones hiss */
        x[t][channel] = (float)sin(2 * 3.14159265358979 * n * (channel % 2 ? 0.3 : 0.005));
    rondo_stream_block(stream, BLOCK, &in, NULL, &out);
    for (t = 0; t < BLOCK && block > BLOCKS / 2; ++t) {
      low += y[t][0] * y[t][0];
      high += y[t][1] * y[t][1];
    }
  }
  rondo_stream_free(stream);
  n = BLOCK * (BLOCKS / 2 - 1);
  printf("gain at 0.005 of the sample rate %.3f, at 0.3 of it %.6f\n", sqrt(2 * low / n), sqrt(2 * high / n));
  return low > 100 * high ? 0 : 1;
}

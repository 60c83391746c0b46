/* Forecasts the yearly sunspot number: reads "year,number" lines, and after each prints the next year and
 * what the trained model expects of it. All memory is static, the weights are read-only data: what a small
 * device has. */
#include <math.h>
#include <stdio.h>

#include "forecast.h"

static forecast_stream_memory memory;

int main(void) {
  forecast_stream* stream = forecast_stream_init(&memory, 1);
  char line[128];
  while (fgets(line, sizeof line, stdin)) {
    int year;
    float number, input, output, root;
    if (sscanf(line, "%d,%f", &year, &number) != 2) continue; /* the line with the names */
    input = sqrtf(number) / 10;
    forecast_stream_step(stream, &input, &output);
    root = output > 0 ? 10 * output : 0;
    printf("%d %.1f\n", year + 1, root * root);
  }
  return 0;
}

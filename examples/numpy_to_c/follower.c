/* Follows three sensors: a line of three numbers in, a line of three smoothed numbers out. Needs no Python.
 */
#include <stdio.h>

#include "follower.h"

int main(void) {
  follower_stream_memory memory;
  follower_stream* stream = follower_stream_init(&memory, 1);
  float x[3], level[3], surprise[3];
  while (scanf("%f %f %f", &x[0], &x[1], &x[2]) == 3) {
    follower_stream_step(stream, x, level, surprise);
    printf("%.9g %.9g %.9g\n", level[0], level[1], level[2]);
  }
  return 0;
}

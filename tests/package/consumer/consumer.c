/* A stranger's program: knows only what was installed. */
#include <resprout/result.h>
#include <stdio.h>

int main(void) {
  printf("%s\n", rsp_result_name(RSP_ENOPROC));
  return 0;
}

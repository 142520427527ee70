/* The version, at compile time and at run time.
 *
 * RSP_VERSION_* is the version of the headers that a program is compiled against. rsp_version_number and
 * rsp_version_string are of the library that it runs with, which may be another:
 *
 *     #if RSP_VERSION_NUMBER >= 1002000   // these headers are of 1.2.0 or later
 *     if (rsp_version_number() < RSP_VERSION_NUMBER) ...   // the library is older than they are
 *
 * What an older library does with a newer program's structs, and the other way round: resprout/resprout.h.
 */
#ifndef RESPROUT_VERSION_H
#define RESPROUT_VERSION_H

#include <stdint.h>

#include "resprout/result.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RSP_VERSION_MAJOR 0
#define RSP_VERSION_MINOR 1
#define RSP_VERSION_PATCH 0
#define RSP_VERSION_STRING "0.1.0"

/** One number that grows from version to version, also for #if: 1.2.3 is 1002003. */
#define RSP_VERSION_NUMBER (RSP_VERSION_MAJOR * 1000000 + RSP_VERSION_MINOR * 1000 + RSP_VERSION_PATCH)

/** The library's version as RSP_VERSION_NUMBER writes it.
 * @ctx     any
 * @blocks  no
 * @owns    nothing
 * @since   0.1
 */
RSP_API uint32_t rsp_version_number(void);

/** The library's version as RSP_VERSION_STRING writes it: "1.2.3".
 * @ctx     any
 * @blocks  no
 * @owns    nothing; the text lives as long as the library
 * @since   0.1
 */
RSP_API const char* rsp_version_string(void);

#ifdef __cplusplus
}
#endif

#endif

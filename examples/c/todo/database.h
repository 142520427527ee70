/* The process that has the files: one for each list, a line for each entry.
 *
 *     {load, Name}          {ok, Text}, or {error, unavailable}: a disk that refuses is to be expected, and no reason to die
 *     {save, Name, Text}    the same. Puts a whole file in the place of the one before
 *     {turn, Bool}          as if the disk were lost, or there again
 *     available             whether it is on
 *
 * It is started with the path of its directory.
 */
#ifndef EXAMPLE_DATABASE_H
#define EXAMPLE_DATABASE_H

#include <resprout/resprout.h>

extern const rsp_server_ops DATABASE;

#endif

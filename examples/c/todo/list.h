/* The server of one list. It remembers what the database said last, and answers from that while there is none.
 *
 *     {entries, Date}    {ok, Titles} or {cached, Titles}: of that day, each a line with its number
 *     {add, Line}        {ok, its number}; the line is the date, a space, the title
 *     {delete, Number}   {ok, how many are left}
 *
 * Each of them, where nothing was done: {error, unavailable} or {error, no_entry}. It is started with its name.
 */
#ifndef EXAMPLE_LIST_H
#define EXAMPLE_LIST_H

#include <resprout/resprout.h>

extern const rsp_server_ops LIST;

#endif

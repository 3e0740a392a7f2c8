#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "../../netboot/agent/json.h"
#include "../../netboot/agent/json_writer.h"

static struct json checked(const char *text)
{
	struct json value = { "", 0 };

	CHECK_ROW(json_check(text, strlen(text), &value) == 0, text);
	return value;
}

static void reads_numbers(void)
{
	uint64_t number = 7;

	CHECK(json_uint(checked("0"), 10, &number) == 0 && number == 0);
	CHECK(json_uint(checked("18446744073709551615"), UINT64_MAX, &number) == 0 && number == UINT64_MAX);
	CHECK(json_uint(checked("18446744073709551616"), UINT64_MAX, &number) == -EBADMSG);
	CHECK(json_uint(checked("11"), 10, &number) == -EBADMSG && number == UINT64_MAX);
	CHECK(json_uint(checked("1.0"), 10, &number) == -EBADMSG);
	CHECK(json_uint(checked("-1"), 10, &number) == -EBADMSG);
	CHECK(json_uint(checked("\"1\""), 10, &number) == -EBADMSG);
}

static void reads_text(void)
{
	char text[16];

	CHECK(json_text(checked("\"a\\n\\u00e9\\ud83d\\udd11\\/\""), text, sizeof(text)) == 9);
	CHECK(strcmp(text, "a\n\xc3\xa9\xf0\x9f\x94\x91/") == 0);
	CHECK(json_text(checked("\"0123456789abcde\""), text, sizeof(text)) == 15);
	CHECK(json_text(checked("\"0123456789abcdef\""), text, sizeof(text)) == -ERANGE);
	CHECK(json_text(checked("\"a\\u0000\""), text, sizeof(text)) == -EBADMSG);
	CHECK(json_text(checked("null"), text, sizeof(text)) == -EBADMSG);
	CHECK(json_text(checked("\"\""), text, 1) == 0 && text[0] == '\0');
}

static void walks(void)
{
	struct json object = checked("{\"a\":[1,{\"a\":2}],\"b\":null,\"\\u0061\":3}"), name, value;
	struct json_walk walk;
	uint64_t number = 0;
	int items = 0;

	CHECK(json_member(object, "a", &value) == 0 && json_uint(value, 9, &number) == 0 && number == 3);
	CHECK(json_member(object, "b", &value) == 0 && json_is_null(value));
	CHECK(json_member(object, "c", &value) == -ENOENT);
	CHECK(json_member(checked("[]"), "c", &value) == -EBADMSG);
	CHECK(json_walk(object, &walk) == 0);
	while (json_next(&walk, &name, &value))
		items++;
	CHECK(items == 3);
	CHECK(json_walk(checked("[ ]"), &walk) == 0 && !json_next(&walk, &name, &value));
	CHECK(json_walk(checked("1"), &walk) == -EBADMSG);
}

static void writes(void)
{
	struct json_writer w;
	char out[128];
	size_t bytes = 0;

	json_begin(&w, out, sizeof(out));
	json_open(&w, NULL, '{');
	json_put_text(&w, "a", "x\"\\\n\x01\xff\xc3\xa9");
	json_open(&w, "b", '[');
	json_put_uint(&w, NULL, 1);
	json_put_null(&w, NULL);
	json_close(&w, ']');
	json_put_bool(&w, "c", true);
	json_put_hex(&w, "d", (const uint8_t *)"\x0f", 1);
	json_close(&w, '}');
	CHECK(json_done(&w, &bytes) == 0);
	out[bytes] = '\0';
	CHECK(strcmp(out, "{\"a\":\"x\\\"\\\\\\u000a\\u0001\xef\xbf\xbd\xc3\xa9\",\"b\":[1,null],\"c\":true,\"d\":\"0f\"}") == 0);
	CHECK(json_check(out, bytes, &(struct json){ 0 }) == 0);
	json_begin(&w, out, 5);
	json_put_text(&w, NULL, "abcd");
	CHECK(json_done(&w, &bytes) == -EMSGSIZE);
}

void test_json(void)
{
	reads_numbers();
	reads_text();
	walks();
	writes();
}

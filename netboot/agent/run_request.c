#include "run_request.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Decode value at *at, which has room by construction (a string is never longer than its JSON), and step behind it. */
static char *take_text(struct json value, char **at)
{
	char *start = *at;
	int length = json_text(value, start, value.bytes);

	if (length < 0)
		return NULL;
	*at = start + length + 1;
	return start;
}

static int fill_argv(const struct control_run *request, struct run_arrays *out, char **at)
{
	static char shell[] = "/bin/sh";
	struct json name, value;
	struct json_walk walk;
	size_t count = 0;

	if (strncmp(out->script, "#!", 2) != 0)
		out->argv[count++] = shell;
	out->argv[count++] = out->path;
	(void)json_walk(request->args, &walk);
	while (json_next(&walk, &name, &value)) {
		out->argv[count] = take_text(value, at);
		if (out->argv[count++] == NULL)
			return -EBADMSG;
	}
	out->argv[count] = NULL;
	return 0;
}

static bool is_replaced(char **envp, size_t count, const char *ours)
{
	size_t name_bytes = strcspn(ours, "=") + 1;

	for (size_t i = 0; i < count; i++)
		if (strncmp(envp[i], ours, name_bytes) == 0)
			return true;
	return false;
}

static int fill_envp(const struct control_run *request, struct run_arrays *out, char **at)
{
	struct json name, value;
	struct json_walk walk;
	size_t count = 0, told;

	(void)json_walk(request->env, &walk);
	while (json_next(&walk, &name, &value)) {
		char *variable = take_text(name, at);

		if (variable == NULL || *variable == '\0' || strchr(variable, '=') != NULL)
			return -EBADMSG;
		(*at)[-1] = '=';
		if (take_text(value, at) == NULL)
			return -EBADMSG;
		out->envp[count++] = variable;
	}
	told = count;
	for (char **ours = environ; *ours != NULL; ours++)
		if (!is_replaced(out->envp, told, *ours))
			out->envp[count++] = *ours;
	out->envp[count] = NULL;
	return 0;
}

static size_t environment_count(void)
{
	size_t count = 0;

	while (environ[count] != NULL)
		count++;
	return count;
}

/* Returns 0, -EBADMSG when a text cannot be used (NUL, '=' in a name), or -ENOMEM. Free it in every case. */
int run_arrays_make(const struct control_run *request, struct run_arrays *out)
{
	static const char template[] = "/tmp/brigade-run-XXXXXX";
	char *at;
	int rc;

	memset(out, 0, sizeof(*out));
	memcpy(out->path, template, sizeof(template));
	out->texts = malloc(request->script.bytes + request->args.bytes + request->env.bytes);
	out->argv = calloc(request->arg_count + 3, sizeof(char *));
	out->envp = calloc(request->env_count + environment_count() + 1, sizeof(char *));
	if (out->texts == NULL || out->argv == NULL || out->envp == NULL)
		return -ENOMEM;
	at = out->texts;
	out->script = take_text(request->script, &at);
	if (out->script == NULL)
		return -EBADMSG;
	out->script_bytes = strlen(out->script);
	rc = fill_argv(request, out, &at);
	if (rc == 0)
		rc = fill_envp(request, out, &at);
	return rc;
}

void run_arrays_free(struct run_arrays *arrays)
{
	free(arrays->texts);
	free(arrays->argv);
	free(arrays->envp);
	memset(arrays, 0, sizeof(*arrays));
}

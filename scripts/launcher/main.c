/*
 * The executable kmod-post: Python and all modules that kmod-post needs, linked in.
 *
 * It reads no Python of the machine: no PYTHON* variable, no folder, no site-packages.
 * modules.c, which scripts/executable writes, has the table of modules.
 */
#include <Python.h>
#include <sys/mman.h>
#ifdef __GLIBC__
#include <nss.h>
#endif

extern const struct _frozen kmod_modules[];
extern struct _inittab kmod_builtins[];

/*
 * In place of the function of this name without __wrap_, which looks for Python's folders around the
 * executable, and for files that say where they are.
 */
PyStatus __wrap__PyConfig_InitPathConfig(PyConfig *config, int compute)
{
    (void)config, (void)compute;
    return PyStatus_Ok();
}

/* Memory for Python's small objects: all its pages at once, as asking for each takes longer. */
static void *new_arena(void *context, size_t size)
{
    (void)context;
    void *arena = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    return arena == MAP_FAILED ? NULL : arena;
}

static void free_arena(void *context, void *arena, size_t size)
{
    (void)context;
    munmap(arena, size);
}

static void stop_if_failed(PyStatus status)
{
    if (PyStatus_Exception(status)) {
        Py_ExitStatusException(status);
    }
}

int main(int argc, char **argv)
{
#ifdef __GLIBC__
    /* nsswitch.conf may name libraries of the machine's own C library, which this program cannot load. */
    __nss_configure_lookup("hosts", "files dns");
    __nss_configure_lookup("passwd", "files");
    __nss_configure_lookup("group", "files");
#endif
    PyImport_FrozenModules = kmod_modules;
    PyImport_ExtendInittab(kmod_builtins);

    PyObjectArenaAllocator arenas = {NULL, new_arena, free_arena};
    PyObject_SetArenaAllocator(&arenas);

    PyPreConfig pre;
    PyPreConfig_InitIsolatedConfig(&pre);
    pre.utf8_mode = 1;
    stop_if_failed(Py_PreInitialize(&pre));

    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.write_bytecode = 0;
    config.install_signal_handlers = 1; /* as for `python` */
    config.pathconfig_warnings = 0;
    config.module_search_paths_set = 1; /* to nothing */
    stop_if_failed(PyConfig_SetBytesArgv(&config, argc, argv));
    stop_if_failed(PyConfig_SetString(&config, &config.program_name, L""));
    stop_if_failed(PyConfig_SetString(&config, &config.executable, L""));
    stop_if_failed(PyConfig_SetString(&config, &config.base_executable, L""));
    stop_if_failed(PyConfig_SetString(&config, &config.prefix, L""));
    stop_if_failed(PyConfig_SetString(&config, &config.exec_prefix, L""));
    stop_if_failed(PyConfig_SetString(&config, &config.base_prefix, L""));
    stop_if_failed(PyConfig_SetString(&config, &config.base_exec_prefix, L""));
    stop_if_failed(Py_InitializeFromConfig(&config));
    PyConfig_Clear(&config);

    PyGC_Disable(); /* as kmod-post does later: nothing that is imported becomes garbage */
    if (PyImport_ImportModule("kmod_launcher") == NULL) {
        PyErr_Print(); /* ends the process with the code of a SystemExit */
        return 1;
    }
    return Py_FinalizeEx() < 0 ? 120 : 0;
}

#pragma once
#include <cairo.h>
#include <cairo-pdf.h>
#include <pango/pangocairo.h>

/* g_object_unref takes any pointer; Swift sees each type of object as an opaque one. */
static inline void cpango_release_context(PangoContext *context) {
    g_object_unref(context);
}
static inline void cpango_release_layout(PangoLayout *layout) {
    g_object_unref(layout);
}

/* Sound: back ends on the host, cards in the guest.  Called by command.c. */
#include <string.h>

#include "drivers/qemu/command.h"

static const char *const back_ends[] = {
    [AUDIO_TYPE_NONE] = "none",   [AUDIO_TYPE_ALSA] = "alsa",       [AUDIO_TYPE_COREAUDIO] = "coreaudio",
    [AUDIO_TYPE_JACK] = "jack",   [AUDIO_TYPE_OSS] = "oss",         [AUDIO_TYPE_PULSEAUDIO] = "pa",
    [AUDIO_TYPE_SDL] = "sdl",     [AUDIO_TYPE_SPICE] = "spice",     [AUDIO_TYPE_FILE] = "wav",
    [AUDIO_TYPE_DBUS] = "dbus",   [AUDIO_TYPE_PIPEWIRE] = "pipewire",
};

/* One direction of a back end; nothing when the document says nothing about it. */
static void
put_stream(json_t *props, const char *name, const AudioStream *stream)
{
    static const char *const formats[] = {NULL, "s8", "u8", "s16", "u16", "s32", "u32", "f32"};
    if (!stream)
        return;
    json_t *object = json_object();
    qemu_put_switch(object, "mixing-engine", stream->mixing_engine);
    qemu_put_switch(object, "fixed-settings", stream->fixed_settings);
    qemu_put_positive(object, "voices", stream->voices);
    if (stream->settings) {
        qemu_put_positive(object, "frequency", stream->settings->frequency);
        qemu_put_positive(object, "channels", stream->settings->channels);
        qemu_put_text(object, "format", formats[stream->settings->format]);
    }
    qemu_put_positive(object, "buffer-length", stream->buffer_length);
    qemu_put_text(object, "name", stream->name);
    qemu_put_text(object, "dev", stream->dev);
    qemu_put_positive(object, "buffer-count", stream->buffer_count);
    qemu_put_switch(object, "try-poll", stream->try_poll);
    qemu_put_text(object, "server-name", stream->server_name);
    qemu_put_text(object, "client-name", stream->client_name);
    qemu_put_text(object, "connect-ports", stream->connect_ports);
    qemu_put_switch(object, "exact-name", stream->exact_name);
    qemu_put_positive(object, "latency", stream->latency);
    qemu_put_text(object, "stream-name", stream->stream_name);
    if (json_object_size(object))
        json_object_set_new(props, name, object);
    else
        json_decref(object);
}

static void
back_end(QemuCommand *command, const DomainAudio *audio)
{
    json_t *props = json_object();
    qemu_put_format(props, "id", "audio%u", audio->id);
    qemu_put_text(props, "driver", back_ends[audio->type]);
    qemu_put_positive(props, "timer-period", audio->timer_period);
    qemu_put_text(props, "server", audio->server_name);
    qemu_put_text(props, "path", audio->path);
    qemu_put_switch(props, "try-mmap", audio->try_m_map);
    qemu_put_switch(props, "exclusive", audio->exclusive);
    if (audio->has_dsp_policy)
        qemu_put_number(props, "dsp-policy", audio->dsp_policy);
    put_stream(props, "in", audio->input);
    put_stream(props, "out", audio->output);
    qemu_arg_json(command, "-audiodev", props);
    if (audio->type == AUDIO_TYPE_SDL && audio->driver)
        g_ptr_array_add(command->env, g_strdup_printf("SDL_AUDIODRIVER=%s", audio->driver));
}

int
qemu_command_audio(QemuCommand *command)
{
    const DomainDevices *devices = &command->def->devices;
    for (size_t i = 0; i < devices->n_audio; i++)
        back_end(command, devices->audio[i]);
    return 0;
}

/* The back end that a card plays through: its own, or the only one. */
static char *
audiodev(const DomainDef *def, const DomainSound *sound)
{
    const DomainDevices *devices = &def->devices;
    for (size_t i = 0; i < devices->n_audio; i++) {
        if (!sound->audio_id || devices->audio[i]->id == sound->audio_id)
            return g_strdup_printf("audio%u", devices->audio[i]->id);
    }
    return NULL;
}

static const struct {
    int model;
    const char *driver;
    bool has_codecs;
} cards[] = {
    {SOUND_MODEL_SB16, "sb16", false},      {SOUND_MODEL_ES1370, "ES1370", false},
    {SOUND_MODEL_AC97, "AC97", false},      {SOUND_MODEL_ICH6, "intel-hda", true},
    {SOUND_MODEL_ICH9, "ich9-intel-hda", true}, {SOUND_MODEL_USB, "usb-audio", false},
};

static void
codec(QemuCommand *command, const DomainSound *sound, int type, unsigned cad, const char *audio)
{
    static const char *const drivers[] = {"hda-duplex", "hda-micro", "hda-output"};
    json_t *props = qemu_device_new(drivers[type], NULL);
    qemu_put_format(props, "id", "%s-codec%u", sound->alias, cad);
    qemu_put_format(props, "bus", "%s.0", sound->alias);
    qemu_put_number(props, "cad", cad);
    qemu_put_text(props, "audiodev", audio);
    qemu_arg_json(command, "-device", props);
}

static int
card(QemuCommand *command, const DomainSound *sound)
{
    g_autofree char *audio = audiodev(command->def, sound);
    if (sound->model == SOUND_MODEL_PCSPK) {
        qemu_arg2(command, "-soundhw", "pcspk");
        return 0;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(cards); i++) {
        if (cards[i].model != sound->model)
            continue;
        json_t *props = qemu_device_new(cards[i].driver, sound->alias);
        if (!cards[i].has_codecs)
            qemu_put_text(props, "audiodev", audio);
        if (sound->model == SOUND_MODEL_USB && sound->multichannel)
            qemu_put_switch(props, "multi", sound->multichannel);
        if (qemu_arg_device(command, props, sound->address) < 0)
            return -1;
        for (size_t j = 0; cards[i].has_codecs && j < sound->n_codec; j++)
            codec(command, sound, sound->codec[j]->type, (unsigned)j, audio);
        if (cards[i].has_codecs && sound->n_codec == 0)
            codec(command, sound, DOMAIN_SOUND_CODEC_TYPE_DUPLEX, 0, audio);
        return 0;
    }
    return UNSUPPORTED("sound card model '%s' is not supported by qemu",
                       vr_enum_to_string(&vr_enum_sound_model, sound->model));
}

int
qemu_command_sounds(QemuCommand *command)
{
    const DomainDevices *devices = &command->def->devices;
    for (size_t i = 0; i < devices->n_sound; i++) {
        if (card(command, devices->sound[i]) < 0)
            return -1;
    }
    return 0;
}

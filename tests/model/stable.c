/* What a guest sees must stay: changes to a definition and the difference that is named.  Speaks TAP.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "model/domain.gen.h"

static const char base[] =
    "<domain type='kvm'>"
    "<name>abi</name>"
    "<uuid>9a607624-c092-4660-a333-c77ad02a6f3f</uuid>"
    "<genid>9a607624-c092-4660-a333-c77ad02a6f30</genid>"
    "<title>t</title>"
    "<maxMemory slots='4' unit='KiB'>4000000</maxMemory>"
    "<memory>2000000</memory>"
    "<vcpu current='2'>4</vcpu>"
    "<iothreads>2</iothreads>"
    "<sysinfo type='smbios'>"
    "<system>"
    "<entry name='serial'>a</entry></system></sysinfo>"
    "<os>"
    "<type arch='x86_64' machine='pc'>hvm</type>"
    "<loader readonly='yes' type='pflash'>/l</loader>"
    "<smbios mode='sysinfo'/>"
    "<boot dev='hd'/></os>"
    "<features>"
    "<acpi/>"
    "<apic/>"
    "<pae/>"
    "<hap/>"
    "<hyperv>"
    "<relaxed state='on'/>"
    "<spinlocks state='on' retries='8191'/>"
    "<vendor_id state='on' value='abc'/></hyperv>"
    "<kvm>"
    "<hidden state='on'/></kvm>"
    "<pvspinlock/>"
    "<pmu state='on'/>"
    "<vmport state='on'/>"
    "<smm state='on'/>"
    "<ioapic driver='kvm'/>"
    "<vmcoreinfo state='on'/></features>"
    "<cpu mode='custom' match='exact'>"
    "<model fallback='allow'>qemu64</model>"
    "<topology sockets='2' dies='1' cores='2' threads='1'/>"
    "<feature policy='require' name='vmx'/>"
    "<numa>"
    "<cell id='0' cpus='0-3' memory='1900000'/></numa></cpu>"
    "<clock offset='utc'>"
    "<timer name='rtc' tickpolicy='catchup'/></clock>"
    "<pm>"
    "<suspend-to-mem enabled='yes'/></pm>"
    "<devices>"
    "<emulator>/e</emulator>"
    "<disk type='file' device='disk'>"
    "<driver name='qemu' type='qcow2' cache='none'/>"
    "<source file='/d'/>"
    "<target dev='vda' bus='virtio'/>"
    "<serial>S1</serial>"
    "<address type='pci' domain='0' bus='0' slot='4' function='0'/></disk>"
    "<disk type='file' device='cdrom'>"
    "<source file='/iso'/>"
    "<target dev='hdc' bus='ide'/></disk>"
    "<controller type='scsi' index='0' model='virtio-scsi'>"
    "<driver queues='2'/></controller>"
    "<controller type='virtio-serial' index='0' ports='16' vectors='4'/>"
    "<controller type='usb' index='0' model='piix3-uhci'/>"
    "<lease>"
    "<lockspace>l</lockspace>"
    "<key>k</key>"
    "<target path='/t'/></lease>"
    "<filesystem type='mount'>"
    "<source dir='/s'/>"
    "<target dir='tag'/></filesystem>"
    "<interface type='user'>"
    "<mac address='52:54:00:00:00:01'/>"
    "<model type='virtio'/></interface>"
    "<smartcard mode='host'/>"
    "<serial type='pty'>"
    "<target port='0'/></serial>"
    "<parallel type='pty'>"
    "<target port='0'/></parallel>"
    "<channel type='unix'>"
    "<source mode='bind' path='/c'/>"
    "<target type='virtio' name='ch'/></channel>"
    "<input type='tablet' bus='usb'/>"
    "<tpm model='tpm-tis'>"
    "<backend type='emulator' version='2.0'/></tpm>"
    "<graphics type='vnc' port='5901'/>"
    "<sound model='ich6'>"
    "<codec type='duplex'/></sound>"
    "<audio id='1' type='none'/>"
    "<video>"
    "<model type='qxl' ram='65536' vram='65536' heads='1'/></video>"
    "<hostdev mode='subsystem' type='pci' managed='yes'>"
    "<source>"
    "<address bus='5' slot='1'/></source></hostdev>"
    "<redirdev bus='usb' type='spicevmc'/>"
    "<redirfilter>"
    "<usbdev class='8' allow='yes'/></redirfilter>"
    "<hub type='usb'/>"
    "<watchdog model='i6300esb' action='reset'/>"
    "<memballoon model='virtio'/>"
    "<rng model='virtio'>"
    "<rate bytes='100' period='1000'/>"
    "<backend model='random'>/dev/random</backend></rng>"
    "<nvram/>"
    "<panic model='isa'/>"
    "<shmem name='sm'>"
    "<model type='ivshmem-plain'/>"
    "<size unit='M'>4</size></shmem>"
    "<memory model='dimm'>"
    "<target>"
    "<size>65536</size>"
    "<node>0</node></target></memory>"
    "<iommu model='intel'>"
    "<driver caching_mode='on'/></iommu>"
    "<vsock model='virtio'>"
    "<cid auto='no' address='5'/></vsock></devices></domain>";

/* What is changed; the message (NULL: a guest sees no difference). */
static const struct {
    const char *from, *to, *says;
} changes[] = {
    {"<name>abi</name>", "<name>other</name>", "Target domain name 'other' does not match source 'abi'"},
    {"9a607624-c092-4660-a333-c77ad02a6f3f", "9a607624-c092-4660-a333-c77ad02a6f3e", "Target domain uuid"},
    {"<title>t</title>", "<title>u</title>", NULL},
    {"<vcpu current='2'>4</vcpu>", "<vcpu current='2'>8</vcpu>", "Target domain vCPU max 8 does not match source 4"},
    {"slots='4'", "slots='8'", "Target domain memory slots count '8' doesn't match source '4'"},
    {"machine='pc'", "machine='q35'", "Target domain machine type q35 does not match source pc"},
    {"<acpi/>", "", "State of feature 'acpi' differs: source: 'on', destination: 'default'"},
    {"value='abc'", "value='abd'", "HyperV vendor_id differs: source: 'abc', destination: 'abd'"},
    {"qemu64", "kvm64", "Target CPU model kvm64 does not match source qemu64"},
    {"cores='2' threads='1'", "cores='1' threads='2'", "Target CPU cores 1 does not match source 2"},
    {"name='vmx'", "name='svm'", "Target CPU feature svm does not match source vmx"},
    {"<timer name='rtc' tickpolicy='catchup'/>", "", "Target domain timers do not match source"},
    {"cache='none'", "cache='writeback'", NULL},
    {"<source file='/d'/>", "<source file='/e'/>", NULL},
    {"dev='vda'", "dev='vdb'", "Target disk vdb does not match source vda"},
    {"<serial>S1</serial>", "", "Target disk serial <null> does not match source S1"},
    {"slot='4' function='0'", "slot='9' function='0'", "Target device address does not match source"},
    {"ports='16'", "ports='8'", "Target controller ports 8 does not match source 16"},
    {"<target dir='tag'/>", "<target dir='gat'/>", "Target filesystem guest target gat does not match source tag"},
    {"52:54:00:00:00:01", "52:54:00:00:00:02", "Target network card mac 52:54:00:00:00:02"},
    {"<hub type='usb'/>", "", "Target domain hub device count 0 does not match source 1"},
    {"port='5901'", "port='5902'", NULL},
    {"<watchdog model='i6300esb' action='reset'/>", "", "Target domain watchdog count 0 does not match source 1"},
    {"heads='1'", "heads='2'", "Target video card heads 2 does not match source 1"},
    {"class='8'", "class='3'", "Target USB Class code does not match source"},
    {"<size unit='M'>4</size>", "<size unit='M'>8</size>", "Target shared memory size '8' does not match source size '4'"},
    {"caching_mode='on'", "caching_mode='off'", "Target domain IOMMU device caching mode 'off' does not match source 'on'"},
    {"<loader readonly='yes' type='pflash'>/l</loader>", "<loader readonly='yes' type='pflash'>/m</loader>", NULL},
};

static DomainDef *
read_domain(const char *text)
{
    VrParseContext context = {.flags = VR_MODEL_INACTIVE};

    return domain_def_parse(text, &context);
}

static bool
judge(const DomainDef *source, size_t at)
{
    g_autoptr(GString) text = g_string_new(base);
    g_autoptr(DomainDef) target = NULL;
    const char *message;
    int result;

    g_string_replace(text, changes[at].from, changes[at].to, 1);
    target = read_domain(text->str);
    result = target ? vr_model_check_stable(&vr_desc_domain_def, source, target) : -1;
    message = result < 0 ? vr_error_last()->message : "no difference";
    printf("%s - %s: %s\n", changes[at].says ? (result < 0 && strstr(message, changes[at].says) &&
           vr_error_last()->code == VIR_ERR_CONFIG_UNSUPPORTED ? "ok" : "not ok") : result == 0 ? "ok" : "not ok",
           changes[at].to, message);
    result = changes[at].says ? result < 0 && strstr(message, changes[at].says) : result == 0;
    vr_error_clear();
    return result;
}

int
main(void)
{
    g_autoptr(DomainDef) source = read_domain(base);
    bool fine = source != NULL;

    if (!source)
        printf("not ok - the definition: %s\n", vr_error_last()->message);
    for (size_t i = 0; source && i < G_N_ELEMENTS(changes); i++)
        fine &= judge(source, i);
    return fine ? 0 : 1;
}
